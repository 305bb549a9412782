// How thoroughly it is measured.

struct Effort: Sendable {
  /// Pairs of runs of one row beside a server, and how long one takes.
  var runs = 5
  var serverSeconds = 1.0
  /// The same in the engine: short, so that a machine seldom becomes slower within a pair.
  var engineRuns = 25
  var engineSeconds = 0.01
  /// No row is larger.
  var largest = Int.max
  /// Requests of one run of the latency.
  var requests = 50_000

  /// Whether everything still runs; the figures say nothing.
  static let quick = Effort(
    runs: 1, serverSeconds: 0.05, engineRuns: 1, engineSeconds: 0.002, largest: 10_000,
    requests: 500)
}
