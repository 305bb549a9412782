import BenchmarkResults

/// Converts our times to the machine on which the original was measured, once. docs/decisions/0008
/// says why.
enum Calibration {
  /// SQLite's seconds there for five attributes among a thousand records: on a day when they took
  /// 2.6 µs among a million, as they did when the original was measured.
  static let secondsOnOriginalMachine = 2.12e-6
}

extension WorkloadResult {
  /// How many times as long as Octopus the peer takes, or as much; of runs in pairs.
  var advantage: Double? { peer?.ratio(to: octopus) }

  /// Octopus' seconds on the original's machine; nil if there was no calibration.
  var onOriginalMachine: Double? {
    calibration.map { octopus.ratio(to: $0) * Calibration.secondsOnOriginalMachine }
  }
}
