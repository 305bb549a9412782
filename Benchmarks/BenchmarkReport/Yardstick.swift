import BenchmarkResults

// How the original's figures, taken once on another machine, are compared with those of today.
// docs/decisions/0008 says why.

enum Yardstick {
  /// SQLite's seconds for the five attributes among a thousand records where the original was measured:
  /// of a day when they took 2.6 µs among a million, as they did beside the original.
  static let whereOriginalRan = 2.12e-6
}

extension Row {
  /// Octopus' seconds if the machine had been as fast, at the moment, as the one where the original
  /// was measured; nil: nobody looked how fast it was.
  var besideOriginal: Double? {
    yardstick.map { octopus.ratio(to: $0) * Yardstick.whereOriginalRan }
  }
}
