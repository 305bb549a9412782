import BenchmarkResults
import Generators
import Histogram

// One client that asks, waits for the answer, and asks again.

extension Workload {
  static let latency = Workload("redis.latency") { setting in
    let pair = try Pair(setting)
    defer { unpin() }
    try pair.fill(setting)
    var random = Random.ofBenchmarks
    let numbers = (0..<16_384).map { _ in digits(random.below(Pair.records)) }
    var rows: [Row] = []
    for cores in [1, 2] {
      try pin(to: cores - 1)
      for (name, words) in [("get", Pair.get), ("set", Pair.set)] {
        var histograms: [Pair.Keyed: [Histogram<UInt32>]] = [:]
        let commands = Dictionary(
          uniqueKeysWithValues: Pair.Keyed.allCases.map { kind in
            (kind, numbers.map { command(words(kind, $0)) })
          })
        _ = try pair.alternate(setting) { kind in
          let histogram = try closedLoop(
            Client(pair.socket(kind)), commands[kind]!, setting.effort.requests)
          histograms[kind, default: []].append(histogram)
          return 0
        }
        for permille in [500, 990, 999] {
          func figure(_ kind: Pair.Keyed) -> Figure {
            Figure(
              histograms[kind]!.map { Double($0.valueAtPercentile(Double(permille) / 10)) / 1e9 })
          }
          rows.append(
            setting.row(
              "redis.latency.\(name)", ["cores": cores, "permille": permille], figure(.octopus),
              beside: figure(.redis)))
        }
      }
    }
    return rows
  }

  /// Nanoseconds from before each request until after its reply.
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
