import BenchmarkResults
import Testing

@testable import BenchmarkReport

@Suite struct StallsTests {
  private let machine = Machine(
    cores: 1, memoryGiB: 1, system: "", kernel: "", versions: [:])

  private func row(_ workload: String, _ worst: Double, bound: Double, reply: String)
    -> WorkloadResult
  {
    WorkloadResult(
      "stalls.\(workload)", at: ["records": 1_000_000], date: "2026-01-01", processor: "Z80",
      octopus: Samples([worst]), stall: Stall(bound: bound, taken: 1.5, reply: reply))
  }

  @Test func tableShowsRefusalsAndWhatIsBeyondItsBound() throws {
    let rows = [
      row("queries.names", 9e-3, bound: 0.025, reply: "-LIMIT one step examines no more"),
      row("queries.names.pages", 31e-3, bound: 0.025, reply: "*2"),
      row("server.info", 31e-3, bound: 0.1, reply: "$4000"),
    ]
    let page = try #require(
      Report(Results(machine: machine, measurements: rows)).files["limits.md"])
    for line in [
      "| `NAMES r'.'` | 9.00 ms | 196 ms | 1.50 s | `LIMIT` | the work of a step |",
      "| the same in pages | **31.0 ms** |  | 1.50 s | done | the work of a step |",
      "| `INFO` | 31.0 ms | 2.00 ms | 1.50 s | done | constant |",
    ] {
      #expect(page.contains(line + "\n"), "\(line)")
    }
    #expect(page.contains("Measured 2026-01-01 on Z80 with 1,000,000 records"))
  }

  @Test func withoutResultsThePageHasLimitsAlone() throws {
    let page = try #require(Report(Results(machine: machine)).files["limits.md"])
    #expect(!page.contains("## Stalls"))
  }

}
