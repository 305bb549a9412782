import Foundation

/// The results of several runs of the same work, in the order in which they ran.
package struct Samples: Codable, Equatable, Sendable {
  package var runs: [Double]

  package init(_ runs: [Double]) {
    precondition(!runs.isEmpty, "no sample")
    self.runs = runs.map { rounded($0) }
  }

  package var median: Double { BenchmarkResults.median(runs) }
  package var lowest: Double { runs.min()! }
  package var highest: Double { runs.max()! }

  /// The distance from the lowest to the highest, as a fraction of the median.
  package var spread: Double { median == 0 ? 0 : (highest - lowest) / median }

  /// The median of the ratios of each run to the peer's run next to it in time: a neighbour that
  /// slows the machine for a while slows both.
  package func ratio(to peer: Samples) -> Double {
    precondition(runs.count == peer.runs.count, "runs that are not pairs")
    return BenchmarkResults.median(zip(runs, peer.runs).map { $0 / $1 })
  }

  package init(from decoder: any Decoder) throws {
    runs = try decoder.singleValueContainer().decode([Double].self)
    guard !runs.isEmpty else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no sample"))
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
