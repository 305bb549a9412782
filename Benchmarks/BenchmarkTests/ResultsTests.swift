import BenchmarkResults
import Foundation
import Testing

@Suite struct ResultsTests {
  private let results = Results(
    machine: Machine(
      cores: 1, memoryGiB: 1, system: "CP/M", kernel: "2.2",
      versions: ["Swift": "6.1", "Redis": "7.0"]),
    measurements: [
      WorkloadResult(
        "a", at: ["records": 1, "cores": 2], date: "2026-01-01", processor: "Z80",
        octopus: Samples([1, 2, 3])),
      WorkloadResult(
        "b", date: "2026-01-01", processor: "Z80", octopus: Samples([1]), peer: Samples([2]),
        calibration: Samples([3]), plan: Plan(index: "name", examined: 2, matched: 1),
        stall: Stall(bound: 0.1, taken: 4, reply: "+OK")),
    ])

  @Test func survivesItsText() throws {
    let json = try results.json()
    let read = try JSONDecoder().decode(Results.self, from: json)
    #expect(read == results)
    #expect(try read.json() == json)
  }

  @Test func writesOneLineForEachResult() throws {
    #expect(
      String(decoding: try results.json(), as: UTF8.self) == """
        {
          "machine": {"cores":1,"kernel":"2.2","memoryGiB":1,"system":"CP/M",\
        "versions":{"Redis":"7.0","Swift":"6.1"}},
          "measurements": [
            {"at":{"cores":2,"records":1},"date":"2026-01-01","octopus":[1,2,3],"processor":"Z80","workload":"a"},
            {"at":{},"calibration":[3],"date":"2026-01-01","octopus":[1],"peer":[2],"plan":{"examined":2,"index":"name","matched":1},"processor":"Z80","stall":{"bound":0.1,"reply":"+OK","taken":4},"workload":"b"}
          ]
        }

        """)
  }

  @Test func newResultsReplaceThoseOfTheSameWorkload() {
    var replaced = results
    let again = WorkloadResult("b", date: "2026-02-02", processor: "6502", octopus: Samples([5]))
    let other = WorkloadResult("aa", date: "2026-02-02", processor: "6502", octopus: Samples([6]))
    replaced.replace(with: [again])
    replaced.replace(with: [other])
    #expect(replaced.measurements == [results.measurements[0], other, again])
    #expect(replaced.days == ["Z80": ["2026-01-01"], "6502": ["2026-02-02"]])
  }

  @Test func refusesAResultWithoutSamples() {
    let text = #"{"machine":{},"measurements":[{"workload":"a","at":{},"date":"","octopus":[]}]}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Results.self, from: Data(text.utf8))
    }
  }
}
