import BenchmarkResults

// Publishing to subscribers, until each has everything.

extension Workload {
  static let publish = Workload("redis.publish") { setting in
    let pair = try Pair(setting)
    defer { unpin() }
    var rows: [Row] = []
    for cores in [1, 2] {
      try pin(to: cores - 1)
      for subscribers in [1, 100] {
        let audiences = try Dictionary(
          uniqueKeysWithValues: Pair.Keyed.allCases.map {
            ($0, try Audience(pair, $0, count: subscribers))
          })
        for depth in [1, 16] {
          let rate = subscribers == 1 ? 20_000 : 2_000
          let rounds = max(1, Int(Double(rate) * setting.effort.serverSeconds) / depth)
          let figures = try pair.alternate(setting) { try audiences[$0]!.hear(rounds, depth) }
          rows.append(
            setting.row(
              "redis.publish", ["cores": cores, "depth": depth, "subscribers": subscribers],
              figures.octopus, beside: figures.redis))
        }
      }
    }
    return rows
  }
}

/// One who publishes, and many who are subscribed to it.
private final class Audience {
  private let publisher: Client
  private let subscribers: [Client]
  private let messageBytes: Int
  private let replyBytes: Int
  private let commands: [[UInt8]]
  private var turn = 0

  init(_ pair: Pair, _ kind: Pair.Keyed, count: Int) throws {
    publisher = try Client(pair.socket(kind))
    subscribers = try (0..<count).map { _ in
      let client = try Client(pair.socket(kind))
      try client.ask("SUBSCRIBE", "msg")
      return client
    }
    // Every message is as long, and so is every reply: from here on it is enough to count.
    commands = (0..<16_384).map { command(Pair.publish(kind, digits($0))) }
    let text = Pair.publish(kind, digits(0)).last!
    messageBytes = command(["message", "msg", text]).count
    replyBytes = ":\(count)\r\n".utf8.count
    precondition(text.utf8.count == Pair.valueBytes, "a record of another length")
  }

  /// Publishes `depth` records at a time, and the next once all have them. In a second.
  func hear(_ rounds: Int, _ depth: Int) throws -> Double {
    let begin = ContinuousClock.now
    for _ in 0..<rounds {
      var bytes: [UInt8] = []
      for _ in 0..<depth {
        bytes += commands[turn % commands.count]
        turn += 1
      }
      try publisher.send(bytes)
      for subscriber in subscribers { try subscriber.skip(depth * messageBytes) }
      try publisher.skip(depth * replyBytes)
    }
    return Double(rounds * depth) / begin.duration(to: .now).seconds
  }
}
