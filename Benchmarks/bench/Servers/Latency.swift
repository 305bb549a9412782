import BenchmarkResults
import Generators
import Histogram

// One client that sends a request when it has the reply to the last one.

extension Workload {
  static let latency = Workload("redis.latency") { context in
    let pair = try ServerPair(context)
    defer { unpin() }
    try pair.fill(context)
    var random = Random.ofBenchmarks
    let numbers = (0..<16_384).map { _ in digits(random.below(ServerPair.records)) }
    var rows: [WorkloadResult] = []
    for cores in [1, 2] {
      try pin(to: cores - 1)
      for (name, words) in [("get", ServerPair.get), ("set", ServerPair.set)] {
        var histograms: [ServerPair.Kind: [Histogram<UInt32>]] = [:]
        let commands = Dictionary(
          uniqueKeysWithValues: ServerPair.Kind.allCases.map { kind in
            (kind, numbers.map { command(words(kind, $0)) })
          })
        _ = try pair.alternate(context) { kind in
          let histogram = try closedLoop(
            Client(pair.socket(kind)), commands[kind]!, context.sampling.requests)
          histograms[kind, default: []].append(histogram)
          return 0
        }
        for permille in [500, 990, 999] {
          func samples(_ kind: ServerPair.Kind) -> Samples {
            Samples(
              histograms[kind]!.map { Double($0.valueAtPercentile(Double(permille) / 10)) / 1e9 })
          }
          rows.append(
            context.row(
              "redis.latency.\(name)", ["cores": cores, "permille": permille], samples(.octopus),
              beside: samples(.redis)))
        }
      }
    }
    return rows
  }

  /// The time from each request to its reply, in nanoseconds.
  private static func closedLoop(
    _ client: Client, _ commands: [[UInt8]], _ count: Int
  ) throws -> Histogram<UInt32> {
    var histogram = Histogram<UInt32>(
      highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
    for number in -count / 10..<count {
      let bytes = commands[(number + count) % commands.count]
      let begin = ContinuousClock.now
      try client.send(bytes)
      _ = try client.receive()
      let taken = begin.duration(to: .now)
      // The first requests warm up.
      if number >= 0 { histogram.record(UInt64(taken.components.attoseconds / 1_000_000_000)) }
    }
    return histogram
  }
}
