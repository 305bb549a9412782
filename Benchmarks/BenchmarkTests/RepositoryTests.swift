import BenchmarkResults
import Foundation
import Testing

@testable import BenchmarkReport

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The document in the repository is what `make bench-report` generates from its results.
@Suite struct RepositoryTests {
  private static let docs = URL(fileURLWithPath: #filePath + "/../../../docs").standardized

  private let report = Result {
    Report(try Results(contentsOf: docs.appendingPathComponent("benchmarks/results.json")))
  }

  @Test func documentIsWhatItsResultsGive() throws {
    for (path, text) in try report.get().files {
      let kept = try String(contentsOf: Self.docs.appendingPathComponent(path), encoding: .utf8)
      #expect(kept == text, "\(path) is not what the results give")
    }
  }

  @Test func documentShowsEveryChart() throws {
    let files = try report.get().files
    let page = try #require(files["benchmarks.md"])
    let drawings = files.keys.filter { $0.hasSuffix(".svg") }
    #expect(!drawings.isEmpty)
    for path in drawings { #expect(page.contains("src=\"\(path)\""), "\(path)") }
    let kept = try FileManager.default.contentsOfDirectory(
      atPath: Self.docs.appendingPathComponent("benchmarks").path)
    #expect(Set(kept) == Set(drawings.map { String($0.dropFirst(11)) } + ["results.json"]))
  }

  @Test func pageOfLimitsShowsEveryStall() throws {
    let topics = Set(StallTopic.groups.flatMap(\.topics).map(\.workload))
    for row in try report.get().results.measurements where row.stall != nil {
      #expect(topics.contains(row.workload), "\(row.workload)")
    }
  }

  @Test func chartsAreXML() throws {
    for (path, text) in try report.get().files where path.hasSuffix(".svg") {
      #expect(XMLParser(data: Data(text.utf8)).parse(), "\(path)")
    }
  }
}
