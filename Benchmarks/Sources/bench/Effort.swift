// How thoroughly it is measured.

struct Effort: Sendable {
  /// Runs of one row in the engine, and pairs of runs beside a peer.
  var runs = 5
  /// How long one run in the engine takes; one of a server.
  var engineSeconds = 0.04
  var serverSeconds = 1.0
  /// No row is larger.
  var largest = Int.max
  /// Requests of one run of the latency.
  var requests = 50_000

  /// Whether everything still runs; the figures say nothing.
  static let quick = Effort(
    runs: 1, engineSeconds: 0.002, serverSeconds: 0.05, largest: 10_000, requests: 500)
}
