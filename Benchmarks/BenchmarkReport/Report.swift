import BenchmarkResults
import Foundation

/// The documents about the results, and their charts. The same results give the same bytes.
package struct Report {
  /// Of the document and of each chart, by its path within the folder of documents.
  package private(set) var files: [String: String] = [:]

  let results: Results

  package init(_ results: Results) {
    self.results = results
    var parts = heading()
    parts += servers() + publishing() + latency() + durability() + coordination() + hardware()
    parts += engine() + language() + sqlite() + footprint() + method()
    files["benchmarks.md"] = parts.map(wrapped).joined(separator: "\n\n") + "\n"
    files["limits.md"] = limits()
  }

  package func write(to folder: URL) throws {
    for (path, text) in files {
      try Data(text.utf8).write(to: folder.appendingPathComponent(path))
    }
  }

  /// Adds a chart.
  mutating func draw(_ file: String, _ text: String) { files["benchmarks/\(file)"] = text }
}
