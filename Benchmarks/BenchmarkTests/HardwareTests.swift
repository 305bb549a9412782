import BenchmarkResults
import Testing

@testable import BenchmarkReport

@Suite struct HardwareTests {
  private let machine = Machine(
    cores: 1, memoryGiB: 1, system: "", kernel: "", versions: [:])

  @Test func tablesShowEventsAndMatchesBesideTheirPeers() throws {
    func row(
      _ workload: String, _ at: [String: Int], _ octopus: Double, beside peer: Double? = nil
    ) -> WorkloadResult {
      WorkloadResult(
        "hardware.\(workload)", at: at, date: "2026-01-01", processor: "Z80",
        octopus: Samples([octopus]),
        peer: peer.map { Samples([$0]) })
    }
    let devices = ["devices": 10_000, "aliases": 26_222]
    let rows = [
      row("event", ["percentile": 50], 4e-3, beside: 2.5e-3),
      row("event", ["percentile": 99], 8e-3, beside: 10e-3),
      row("heard", ["percentile": 50], 0.4e-3, beside: 0.4e-3),
      row("burst", ["interfaces": 300], 1.2, beside: 0.6),
      row("match", devices, 2e-6, beside: 10e-6), row("catalogue", devices, 0.31),
    ]
    let page = try #require(
      Report(Results(machine: machine, measurements: rows)).files["benchmarks.md"])
    for line in [
      "| The driver's first instruction, median | 4.00 ms | 2.50 ms | 0.62 × |",
      "| The driver's first instruction, 99th percentile | 8.00 ms | 10.0 ms | 1.25 × |",
      "| of this, until a bare netlink listener has the event, median | 400 µs | 400 µs | 1.00 × |",
      "| 300 at once, until the last driver's | 1.20 s | 600 ms | 0.50 × |",
      "| Devices a second | 500,000 | 100,000 | 5.0 × |",
    ] {
      #expect(page.contains(line + "\n"), "\(line)")
    }
    #expect(page.contains("Kaluga reads it as a catalogue in 310 ms."))
  }

  @Test func withoutResultsThereIsNoSection() throws {
    let page = try #require(Report(Results(machine: machine)).files["benchmarks.md"])
    #expect(!page.contains("## Hardware"))
  }
}
