import OctopusRecords
import Testing

@testable import OctopusEngine

/// Each bound of the engine, at it and one past it.
@Suite struct LimitTests {
  private static let bounds = Bounds(
    candidates: 20, deletions: 10, counters: 3, watchesPerSession: 4)

  private func bench(records: Int) -> Bench {
    var bench = Bench(Self.bounds)
    for number in 0..<records {
      bench.set(1, "r\(number) { n: \(number) }")
    }
    return bench
  }

  @Test func aReadExaminesSoManyRecords() {
    for (records, isAllowed) in [(20, true), (21, false)] {
      var bench = bench(records: records)
      let reads: [Operation] = [
        .find("r'r'", Page()), .names("_ { n >= 0 }", Page()), .get("r'none'"), .count("r'r'"),
        .exists(["r'none'"]), .explain("r'r'"), .observe("r'r'"),
        .waitFor("r'r'", .gone, timeoutMilliseconds: 0), .patternSubscribe([(source: [1], "r'r'")]),
      ]
      for read in reads {
        let isRefused = bench.ask(2, read).last?.hasSuffix("-LIMIT") ?? false
        #expect(isRefused == !isAllowed, "\(read)")
      }
      // A page that is found in time is never refused, nor what an index answers.
      #expect(bench.ask(2, .find("r'r'", Page(limit: 1))).last?.hasSuffix("[r0 { n: 0 }]") == true)
      #expect(bench.ask(2, .get("_ { n: 7 }")).last?.hasSuffix("r7 { n: 7 }") == true)
      #expect(bench.ask(2, .size).last?.hasSuffix(" \(records)") == true)
    }
  }

  @Test func aDeletionTakesSoManyRecords() {
    var bench = bench(records: 11)
    let all = Operation.delete(["_"], all: true, ifRevision: nil)
    #expect(bench.ask(1, all).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.engine.statistics.records == 11)
    _ = bench.ask(1, .delete(["r3"], all: false, ifRevision: nil))
    #expect(bench.ask(1, all).last?.hasSuffix(": 10") == true)
  }

  @Test func soManyNamesHaveCounters() {
    var bench = bench(records: 0)
    func count(_ name: Record) -> String {
      bench.ask(1, .setSequential(name, isTransient: false, returnsRecord: true)).last ?? ""
    }
    for name: Record in ["a", "b", "c"] { #expect(count(name).contains("0 {}")) }
    #expect(count("d").hasSuffix("-LIMIT"))
    #expect(count("a").hasSuffix("a1 {}"))
  }

  @Test func aSessionHasSoManyTriggersAndWaits() {
    var bench = bench(records: 0)
    _ = bench.ask(1, .observe("_"))
    _ = bench.ask(1, .waitFor("a", .match, timeoutMilliseconds: nil))
    let three = ["a", "b", "c"].map { (source: Array($0.utf8), query: Query(stringLiteral: $0)) }
    #expect(bench.ask(1, .patternSubscribe(three)).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.ask(1, .patternSubscribe(Array(three[..<2]))).last?.hasSuffix("-LIMIT") == false)
    #expect(bench.ask(1, .observe("_")).last?.hasSuffix("-LIMIT") == true)
    #expect(
      bench.ask(1, .waitFor("b", .match, timeoutMilliseconds: nil)).last?.hasSuffix("-LIMIT")
        == true)
    // Nobody else's.
    #expect(bench.ask(2, .observe("_")).last?.hasSuffix("-LIMIT") == false)
    #expect(bench.ask(1, .untrigger(1)).last?.hasSuffix(": 1") == true)
    #expect(bench.ask(1, .observe("_")).last?.hasSuffix("-LIMIT") == false)
  }

  @Test func aSessionHasSoManySubscriptions() {
    var bench = bench(records: 0)
    let five = ["a", "b", "c", "d", "e"].map {
      (source: Array($0.utf8), query: Query(stringLiteral: $0))
    }
    #expect(bench.ask(1, .subscribe(five)).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.ask(1, .subscribe(Array(five[..<4]))).last?.hasSuffix("-LIMIT") == false)
    #expect(bench.ask(1, .subscribe(Array(five[4...]))).last?.hasSuffix("-LIMIT") == true)
  }
}
