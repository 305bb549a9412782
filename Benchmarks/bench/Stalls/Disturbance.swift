import BenchmarkResults
import RESP

/// Something that one client does, and that could hold up the others.
struct Disturbance: Sendable {
  /// Returns the reply, an error too.
  typealias Action = () throws -> RESPValue

  /// The report knows what it means.
  var name: String
  /// Whether it is about the server itself: such commands may hold up others for longer.
  var isAboutServer = false
  /// Whether it can be measured several times.
  var isRepeatable = true
  /// Prepares it, and returns the action to measure.
  var prepare: @Sendable (LoadedServer) throws -> Action

  init(
    _ name: String, isAboutServer: Bool = false, isRepeatable: Bool = true,
    prepare: @escaping @Sendable (LoadedServer) throws -> Action
  ) {
    self.name = name
    self.isAboutServer = isAboutServer
    self.isRepeatable = isRepeatable
    self.prepare = prepare
  }

  /// One command.
  init(
    _ name: String, isAboutServer: Bool = false, isRepeatable: Bool = true, _ words: String...
  ) {
    self.init(name, isAboutServer: isAboutServer, isRepeatable: isRepeatable) { server in
      let client = try server.client()
      return { try client.answer(words) }
    }
  }

  /// Commands that are sent together.
  init(
    _ name: String, isAboutServer: Bool = false, isRepeatable: Bool = true, commands count: Int,
    _ words: @escaping @Sendable (Int) -> [String]
  ) {
    self.init(name, isAboutServer: isAboutServer, isRepeatable: isRepeatable) { server in
      let client = try server.client()
      return { try client.pipeline(count, words) }
    }
  }

  /// A transaction of commands.
  init(
    _ name: String, transaction count: Int, _ words: @escaping @Sendable (Int) -> [String]
  ) {
    self.init(name) { server in
      let client = try server.client()
      return { try client.transaction(count, words) }
    }
  }
}

extension Context {
  /// Measures how long another client waits at most.
  func stall(_ group: String, _ disturbance: Disturbance, _ server: LoadedServer) throws
    -> WorkloadResult
  {
    var worst: [Double] = []
    var taken: [Double] = []
    var reply = RESPValue.null
    for _ in 0..<(disturbance.isRepeatable ? sampling.runs : 1) {
      let action = try disturbance.prepare(server)
      _ = try server.pinger.takeWorst()
      let begin = ContinuousClock.now
      reply = try action()
      taken.append(begin.duration(to: .now).seconds)
      worst.append(try server.pinger.takeWorst())
      try server.endSessions()
    }
    return printed(
      WorkloadResult(
        "stalls.\(group).\(disturbance.name)", at: ["records": server.records], date: date,
        processor: processor, octopus: Samples(worst),
        stall: Stall(
          bound: disturbance.isAboutServer ? 0.1 : 0.025, taken: median(taken),
          reply: reply.beginning)))
  }
}

extension RESPValue {
  /// The beginning, much as it is on the wire.
  fileprivate var beginning: String {
    switch self {
    case .error(let text): "-" + String(decoding: text.prefix(72), as: UTF8.self)
    case .simpleString(let text): "+" + String(decoding: text, as: UTF8.self)
    case .integer(let number): ":\(number)"
    case .bulk(let text), .verbatim(let text, _): "$\(text.count)"
    case .array(let values), .push(let values): "*\(values.count)"
    case .map(let entries): "%\(entries.count)"
    case .null: "_"
    default: "…"
    }
  }
}
