import BenchmarkResults
import Testing

@testable import BenchmarkReport

@Suite struct VerdictTests {
  private func row(
    _ workload: String, _ at: [String: Int], _ octopus: Double, beside peer: Double? = nil,
    yardstick: Double? = nil, _ plan: Plan? = nil
  ) -> Row {
    Row(
      workload, at: at, date: "2026-01-01", processor: "Z80",
      octopus: Figure([octopus]),
      peer: peer.map { Figure([$0]) }, yardstick: yardstick.map { Figure([$0]) }, plan: plan)
  }

  private func verdicts(_ rows: [Row]) -> [String] {
    let machine = Machine(
      cores: 1, memoryGiB: 1, system: "", kernel: "", versions: [:])
    return Verdict.all(Results(machine: machine, measurements: rows)).map {
      "\($0.what): \($0.measured) of \($0.target), \($0.isReached)"
    }
  }

  @Test func theWorstRowBesideRedisCounts() {
    let rows = [
      row("redis.get", ["connections": 1, "cores": 1, "depth": 1], 1, beside: 10),
      row("redis.get", ["connections": 50, "cores": 1, "depth": 1], 95, beside: 100),
      row("redis.get", ["connections": 50, "cores": 2, "depth": 1], 85, beside: 100),
      row("redis.get", ["connections": 50, "cores": 2, "depth": 16], 70, beside: 100),
    ]
    #expect(
      verdicts(rows) == [
        "Get, 50 connections, beside Redis: 0.85 × of ≥ 0.90 ×, false",
        "Get, 16 deep, beside Redis: 0.70 × of ≥ 0.70 ×, true",
      ])
  }

  @Test func theOriginalCountsWhereItIsBest() {
    let rows = [(1, 0.175e-6), (1_000, 1e-6), (1_000_000, 5.1e-6)].map {
      row("engine.get", ["records": $0], $1, yardstick: 2.12e-6)
    }
    #expect(
      verdicts(rows) == [
        "Get by name, faster than the original at its best: 10.0 × of ≥ 10.0 ×, true",
        "Get by name, from 1,000 to 1,000,000: 5.1 × of ≤ 5.0 ×, false",
      ])
  }

  /// The machine was half as fast, and then four times as slow.
  @Test func aSlowMachineIsNoSlowOctopus() {
    let rows = [
      row("engine.get", ["records": 1], 0.35e-6, yardstick: 4.24e-6),
      row("engine.get", ["records": 1_000], 0.35e-6, yardstick: 4.24e-6),
      row("engine.get", ["records": 1_000_000], 3.5e-6, yardstick: 8.48e-6),
    ]
    #expect(
      verdicts(rows) == [
        "Get by name, faster than the original at its best: 10.0 × of ≥ 10.0 ×, true",
        "Get by name, from 1,000 to 1,000,000: 5.0 × of ≤ 5.0 ×, true",
      ])
  }

  /// The middle pair is at the half; the medians of ours and of the yardstick are equal.
  @Test func pairsCount() {
    var row = row("engine.get", ["records": 1], 1, yardstick: 1)
    row.octopus = Figure([1.06e-6, 2.12e-6, 4.24e-6])
    row.yardstick = Figure([2.12e-6, 8.48e-6, 2.12e-6])
    #expect(row.besideOriginal.map { rounded($0) } == 1.06e-6)
  }

  @Test func readingIsComparedToo() {
    #expect(
      verdicts([row("language.name", [:], 0.12e-6, yardstick: 4.24e-6)]) == [
        "Read `object1`, faster than the original at its best: 3.0 × of ≥ 3.0 ×, true"
      ])
  }

  @Test func withoutAYardstickThereIsNoVerdict() {
    #expect(verdicts([row("engine.get", ["records": 1], 1e-9)]) == [])
  }

  @Test func aQueryThatScansIsFound() {
    let rows = [
      row(
        "engine.numbers", ["results": 10], 1, Plan(index: "a", examined: 100_000, matched: 10)),
      row("engine.names", ["results": 10], 1, Plan(index: "a", examined: 10, matched: 10)),
    ]
    #expect(
      verdicts(rows) == [
        "Records that a query examines for each that it answers: 10,000 of ≤ 10, false"
      ])
  }
}
