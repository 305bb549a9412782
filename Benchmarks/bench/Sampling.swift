/// The number and length of runs.
struct Sampling: Sendable {
  /// Pairs of runs beside a server, and the length of one.
  var runs = 5
  var serverSeconds = 1.0
  /// The same in the engine: short, so that the machine seldom changes its speed within a pair.
  var engineRuns = 25
  var engineSeconds = 0.01
  /// The largest size.
  var largest = Int.max
  /// Requests in one run of the latency benchmark.
  var requests = 50_000

  /// Shows whether everything still runs; its results mean nothing.
  static let quick = Sampling(
    runs: 1, serverSeconds: 0.05, engineRuns: 1, engineSeconds: 0.002, largest: 10_000,
    requests: 500)
}
