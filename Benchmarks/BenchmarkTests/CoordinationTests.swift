import BenchmarkResults
import Testing

@testable import BenchmarkReport

@Suite struct CoordinationTests {
  private func row(
    _ workload: String, cores: Int, waiters: Int? = nil, _ octopus: Double,
    beside peer: Double? = nil
  ) -> Row {
    var at = ["cores": cores]
    at["waiters"] = waiters
    return Row(
      "coordination.\(workload)", at: at, date: "2026-01-01", processor: "Z80",
      octopus: Figure([octopus]),
      peer: peer.map { Figure([$0]) })
  }

  private func results(_ rows: [Row]) -> Results {
    let machine = Machine(
      cores: 1, memoryGiB: 1, system: "", kernel: "", versions: [:])
    return Results(machine: machine, measurements: rows)
  }

  private func verdicts(_ rows: [Row]) -> [String] {
    Verdict.all(results(rows)).map {
      "\($0.what): \($0.measured) of \($0.target), \($0.isReached)"
    }
  }

  /// Whichever of Redis' recipes is the quicker one, on however many cores.
  @Test func theBestOfRedisCounts() {
    let rows = [
      row("lock.list", cores: 1, 20e-6, beside: 24e-6),
      row("lock.setnx", cores: 1, 20e-6, beside: 22e-6),
      row("lock.list", cores: 2, 50e-6, beside: 45e-6),
      row("lock.setnx", cores: 2, 50e-6, beside: 90e-6),
      row("lock.etcd", cores: 1, 20e-6, beside: 60e-6),
    ]
    #expect(
      verdicts(rows) == [
        "Lock and unlock, beside the best of Redis: 0.90 × of ≥ 1.00 ×, false",
        "Lock and unlock, beside etcd: 3.0 × of ≥ 3.0 ×, true",
      ])
  }

  @Test func handOverIsHeldToEachPeer() {
    let rows = [
      row("handover.list", cores: 1, waiters: 8, 20e-6, beside: 20e-6),
      row("handover.setnx", cores: 1, waiters: 8, 20e-6, beside: 39e-6),
      row("handover.etcd", cores: 1, waiters: 8, 20e-6, beside: 200e-6),
      row("handover.zookeeper", cores: 1, waiters: 8, 20e-6, beside: 150e-6),
    ]
    #expect(
      verdicts(rows) == [
        "Hand-over, beside the best of Redis: 1.00 × of ≥ 1.00 ×, true",
        "Hand-over, beside polling in Redis: 1.95 × of ≥ 2.0 ×, false",
        "Hand-over, beside etcd: 10.0 × of ≥ 10.0 ×, true",
        "Hand-over, beside ZooKeeper: 7.5 × of ≥ 10.0 ×, false",
      ])
  }

  /// On each number of cores by itself: one is slower than the other all along.
  @Test func whatGrowsWithTheWaitersIsFound() {
    func rows(_ many: Double) -> [Row] {
      [
        row("handover.list", cores: 1, waiters: 1, 5e-6, beside: 1),
        row("handover.list", cores: 1, waiters: 8, 20e-6, beside: 1),
        row("handover.list", cores: 1, waiters: 1_000, many, beside: 1),
        row("handover.list", cores: 2, waiters: 8, 50e-6, beside: 1),
        row("handover.list", cores: 2, waiters: 1_000, 50e-6, beside: 1),
      ]
    }
    #expect(
      verdicts(rows(30e-6)).last == "Hand-over, from 8 to 1,000 waiters: 1.50 × of ≤ 1.50 ×, true")
    #expect(
      verdicts(rows(40e-6)).last == "Hand-over, from 8 to 1,000 waiters: 2.0 × of ≤ 1.50 ×, false")
  }

  @Test func theDocumentHasALineForEachPlaceAndACellForEachPeer() throws {
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
      "| Hand-over, 1 waiter | one | 20.0 µs | 18.0 µs, **0.90 ×** |  | 300 µs, 15.0 × |  |",
      "| Hand-over, 8 waiters | one | 20.0 µs | 18.0 µs, **0.90 ×** |  | 300 µs, 15.0 × |  |",
      "| Hand-over, 10,000 waiters on one connection | two | 30.0 µs |  |  |  |  |",
      "| Semaphore, wait + post | one | 30.0 µs | 30.0 µs, 1.00 × |  |  |  |",
      "| A write, until the watcher knows | one | 20.0 µs | 24.0 µs | 1.20 × |",
    ] {
      #expect(page.contains(line + "\n"), "\(line)")
    }
    // Nothing is drawn of what was not measured.
    #expect(page.contains("coordination-handover-1.svg"))
    #expect(files["benchmarks/coordination-handover-2.svg"] == nil)
  }

  @Test func withoutFiguresThereIsNoSection() throws {
    let page = try #require(Report(results([])).files["benchmarks.md"])
    #expect(!page.contains("## Coordination"))
  }
}
