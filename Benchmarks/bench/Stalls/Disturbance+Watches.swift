import Generators
import RESP

// Changes and messages that very many triggers, subscriptions and waits are about.

extension Disturbance {
  static let watches = [
    Disturbance("observe", "OBSERVE", "_"),
    Disturbance("psubscribe", "PSUBSCRIBE", "_"),
    Disturbance("same.install", commands: 1_001) { _ in ["GET", "hot", "TRIGGER", "SET", "PERSIST"]
    },
    after(
      "same.set", 1_001, { _ in ["GET", "hot", "TRIGGER", "SET", "PERSIST"] }, "SET", "hot"),
    after(
      "values.set", 200_000, { ["GET", value($0), "TRIGGER", "SET", "PERSIST"] },
      "SET", "hot { \(values(200)) }"),
    after(
      "values.publish", 200_000, { ["SUBSCRIBE", value($0)] }, "PUBLISH", "m { \(values(200)) }"),
    after(
      "intervals.publish", 200_000,
      { ["SUBSCRIBE", "_ { value >= \($0), value < \(1_000_000 - $0) }"] },
      "PUBLISH", "m { value: 500000 }"),
    Disturbance("regexes.install", commands: 1_000) { ["SUBSCRIBE", costly($0)] },
    after(
      "regexes.publish", 1_000, { ["SUBSCRIBE", costly($0)] },
      "PUBLISH", "m { t: '\(Random.letters(1_000))' }"),
    after(
      "regexes.publish.longest", 1_000, { ["SUBSCRIBE", costly($0)] },
      "PUBLISH", "m { t: '\(Random.letters(8_000))' }"),
    after(
      "regexes.publish.longer", 1_000, { ["SUBSCRIBE", costly($0)] },
      "PUBLISH", "m { t: '\(Random.letters(16_000))' }"),
    after("names.set", 10_000, nameTrigger, "SET", "\(letters(60)) { a: 1 }"),
    after("names.set.long", 10_000, nameTrigger, "SET", "\(letters(1_000)) { a: 1 }"),
    after(
      "waits", 200, { ["WAITFOR", "r'z+(z|i)$'", "DEFER", "\($0)"] },
      among: 50_000, "SET", "zz"),
    after(
      "waits.prefix", 200, { ["WAITFOR", "r'^zz_[0-9]*i$'", "DEFER", "\($0)"] },
      among: 50_000, "SET", "zz_1i"),
    after(
      "waits.count", 200, { ["WAITFOR", "r'^zz'", "COUNT", "50001", "DEFER", "\($0)"] },
      among: 50_000, "SET", "zz"),
    Disturbance("sessions.publish") { server in
      let subscribers = try (0..<server.count(5_000)).map { _ in try server.client() }
      for subscriber in subscribers { _ = try subscriber.answer(["SUBSCRIBE", "zz"]) }
      let client = try server.client()
      return { try client.answer(["PUBLISH", "zz"]) }
    },
    Disturbance("deletion", isRepeatable: false) { server in
      for _ in 0..<20 {
        let watcher = try server.client()
        try watcher.load(9) { _ in ["GET", "_", "TRIGGER", "DEL", "PERSIST"] }
      }
      let client = try server.client()
      return { try client.answer(["DEL", "r'^l_1'", "ALL"]) }
    },
    Disturbance("end.triggers", isRepeatable: false) { server in
      let client = try server.client()
      try client.load(server.records) { ["GET", "t_\($0)", "TRIGGER", "SET", "PERSIST"] }
      return {
        client.wire.end()
        try server.awaitEnd(of: "triggers")
        return .integer(0)
      }
    },
    Disturbance("end.subscriptions", isRepeatable: false) { server in
      let client = try server.client()
      try client.load(server.count(500_000)) { ["SUBSCRIBE", "t_\($0)"] }
      return {
        client.wire.end()
        try server.awaitEnd(of: "subscriptions")
        return .integer(0)
      }
    },
  ]

  /// A command that many triggers, subscriptions or waits of another client are about: as many as
  /// the server lets that client install.
  private static func after(
    _ name: String, _ count: Int, _ words: @escaping @Sendable (Int) -> [String],
    among records: Int = 0, _ command: String...
  ) -> Disturbance {
    Disturbance(name, isRepeatable: count <= 10_000) { server in
      let client = try server.client()
      try client.load(server.count(records)) { ["SET", "zz_\($0)"] }
      try client.ask("DEL", "zz", "zz_1i", "hot")
      let watcher = try server.client()
      _ = try watcher.pipeline(server.count(count), words)
      watcher.discard()
      return { try client.answer(command) }
    }
  }

  /// One of a thousand queries for each of many values.
  private static func value(_ number: Int) -> String {
    "_ { a\(number / 1_000): 1, n != \(number % 1_000) }"
  }

  private static func values(_ count: Int) -> String {
    (0..<count).map { "a\($0): 1, " }.joined() + "n: -1"
  }

  /// A query whose regular expression has many states.
  private static func costly(_ number: Int) -> String {
    "_ { t: r'(a|b|\(number))*a(a|b){12}[cd]' }"
  }

  /// A trigger on names. No record has its attribute, or the GET would examine too many of them.
  private static let nameTrigger: @Sendable (Int) -> [String] = {
    ["GET", "r'[aeiou][a-z.]{5}\($0)[0-9]' { a > 0 }", "TRIGGER", "SET", "PERSIST"]
  }

  private static func letters(_ count: Int) -> String {
    String(repeating: "aeiouxyz.b", count: count / 10)
  }
}
