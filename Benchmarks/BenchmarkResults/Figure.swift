import Foundation

// A figure is what several runs of the same work gave.

/// Runs of one thing, in the order in which they were made.
package struct Figure: Codable, Equatable, Sendable {
  package var runs: [Double]

  package init(_ runs: [Double]) {
    precondition(!runs.isEmpty, "a figure without a run")
    self.runs = runs.map { rounded($0) }
  }

  package var median: Double { BenchmarkResults.median(runs) }
  package var lowest: Double { runs.min()! }
  package var highest: Double { runs.max()! }

  /// How far the runs are apart, of their median.
  package var spread: Double { median == 0 ? 0 : (highest - lowest) / median }

  /// The median of the ratios of each run to the peer's run beside it in time: what slows the
  /// machine for a while slows both.
  package func ratio(to peer: Figure) -> Double {
    precondition(runs.count == peer.runs.count, "runs that are not pairs")
    return BenchmarkResults.median(zip(runs, peer.runs).map { $0 / $1 })
  }

  package init(from decoder: any Decoder) throws {
    runs = try decoder.singleValueContainer().decode([Double].self)
    guard !runs.isEmpty else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a figure without a run"))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(runs)
  }
}

/// The middle of the values, or of the middle two.
package func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// To four significant digits: more would be noise.
package func rounded(_ value: Double) -> Double {
  Double(String(format: "%.4g", value)) ?? value
}
