import BenchmarkResults

// Publishing, until every subscriber has everything.

extension Workload {
  static let publish = Workload("redis.publish") { context in
    let pair = try ServerPair(context)
    defer { unpin() }
    var rows: [WorkloadResult] = []
    for cores in [1, 2] {
      try pin(to: cores - 1)
      for subscribers in [1, 100] {
        let fanouts = try Dictionary(
          uniqueKeysWithValues: ServerPair.Kind.allCases.map {
            ($0, try Fanout(pair, $0, count: subscribers))
          })
        for depth in [1, 16] {
          let rate = subscribers == 1 ? 20_000 : 2_000
          let rounds = max(1, Int(Double(rate) * context.sampling.serverSeconds) / depth)
          let samples = try pair.alternate(context) { try fanouts[$0]!.publish(rounds, depth) }
          rows.append(
            context.row(
              "redis.publish", ["cores": cores, "depth": depth, "subscribers": subscribers],
              samples.octopus, beside: samples.redis))
        }
      }
    }
    return rows
  }
}

/// A publisher and its subscribers.
private final class Fanout {
  private let publisher: Client
  private let subscribers: [Client]
  private let messageBytes: Int
  private let replyBytes: Int
  private let commands: [[UInt8]]
  private var turn = 0

  init(_ pair: ServerPair, _ kind: ServerPair.Kind, count: Int) throws {
    publisher = try Client(pair.socket(kind))
    subscribers = try (0..<count).map { _ in
      let client = try Client(pair.socket(kind))
      try client.ask("SUBSCRIBE", "msg")
      return client
    }
    // All messages have the same length, and all replies: from here on it is enough to count bytes.
    commands = (0..<16_384).map { command(ServerPair.publish(kind, digits($0))) }
    let text = ServerPair.publish(kind, digits(0)).last!
    messageBytes = command(["message", "msg", text]).count
    replyBytes = ":\(count)\r\n".utf8.count
    precondition(text.utf8.count == ServerPair.valueBytes, "a record of another length")
  }

  /// Publishes `depth` records at a time, the next when all subscribers have them. Returns the
  /// rate.
  func publish(_ rounds: Int, _ depth: Int) throws -> Double {
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
