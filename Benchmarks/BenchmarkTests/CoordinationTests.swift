import BenchmarkResults
import Testing

@testable import BenchmarkReport

@Suite struct CoordinationTests {
  private func row(
    _ workload: String, cores: Int, waiters: Int? = nil, _ octopus: Double,
    beside peer: Double? = nil
  ) -> WorkloadResult {
    var at = ["cores": cores]
    at["waiters"] = waiters
    return WorkloadResult(
      "coordination.\(workload)", at: at, date: "2026-01-01", processor: "Z80",
      octopus: Samples([octopus]),
      peer: peer.map { Samples([$0]) })
  }

  private func results(_ rows: [WorkloadResult]) -> Results {
    let machine = Machine(
      cores: 1, memoryGiB: 1, system: "", kernel: "", versions: [:])
    return Results(machine: machine, measurements: rows)
  }

  @Test func tableHasALineForEachResultAndACellForEachPeer() throws {
    let rows = [1, 8].flatMap { waiters in
      [
        row("handover.list", cores: 1, waiters: waiters, 20e-6, beside: 18e-6),
        row("handover.etcd", cores: 1, waiters: waiters, 20e-6, beside: 300e-6),
      ]
    }
    let others = [
      row("deferred", cores: 2, waiters: 10_000, 30e-6),
      row("semaphore.list", cores: 1, waiters: 0, 30e-6, beside: 30e-6),
      row("loops.notify.same", cores: 1, 24e-6, beside: 20e-6),
    ]
    let files = Report(results(rows + others)).files
    let page = try #require(files["benchmarks.md"])
    for line in [
      "| From a lock's release to the next holder | etcd, ZooKeeper | better | 15.0 × | 15.0 × to 15.0 × |",
      "| Hand-over, 1 waiter | one | 20.0 µs | 18.0 µs, 0.90 × |  | 300 µs, 15.0 × |  |",
      "| Hand-over, 8 waiters | one | 20.0 µs | 18.0 µs, 0.90 × |  | 300 µs, 15.0 × |  |",
      "| Hand-over, 10,000 waiters on one connection | two | 30.0 µs |  |  |  |  |",
      "| Semaphore, wait + post | one | 30.0 µs | 30.0 µs, 1.00 × |  |  |  |",
      "| A write, until the watcher has the event | one | 20.0 µs | 24.0 µs | 1.20 × |",
    ] {
      #expect(page.contains(line + "\n"), "\(line)")
    }
    // A chart needs measurements.
    #expect(page.contains("coordination-handover-1.svg"))
    #expect(files["benchmarks/coordination-handover-2.svg"] == nil)
  }

  @Test func withoutResultsThereIsNoSection() throws {
    let page = try #require(Report(results([])).files["benchmarks.md"])
    #expect(!page.contains("## Coordination"))
  }
}
