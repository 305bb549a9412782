import OctopusRecords
import Testing

@testable import OctopusEngine

/// When waits end that nothing but time ends.
@Suite struct DeadlineTests {
  private func wait(_ query: Query, _ timeout: Int64?) -> Operation {
    .waitFor(query, .match, timeoutMilliseconds: timeout)
  }

  @Test func timeoutOfZeroAnswersAtOnce() {
    var bench = Bench()
    bench.now = 7
    #expect(bench.ask(1, wait("a", 0)) == ["1.1 @0: null"])
    #expect(bench.engine.nextDeadline == nil)
    bench.set(2, "a")
    #expect(bench.ask(1, wait("a", 0)) == ["1.3 @1: a {}"])
  }

  @Test func waitEndsAtItsDeadlineAndNotBefore() {
    var bench = Bench()
    bench.now = 100
    #expect(bench.ask(1, wait("a", 10)) == [])
    #expect(bench.engine.nextDeadline == 110)
    bench.now = 109
    #expect(bench.step(.tick) == [])
    bench.now = 110
    #expect(bench.step(.tick) == ["1.1 @0: null"])
    #expect(bench.engine.nextDeadline == nil)
    #expect(bench.engine.statistics.waits == 0)
  }

  @Test func waitsWithEqualDeadlinesEndInTheirOrder() {
    var bench = Bench()
    _ = bench.ask(2, wait("a", 10))
    _ = bench.ask(1, wait("b", 10))
    _ = bench.ask(3, wait("c", 5))
    _ = bench.ask(2, wait("d", 10))
    bench.now = 50
    #expect(
      bench.step(.tick)
        == ["3.3 @0: null", "2.1 @0: null", "1.2 @0: null", "2.4 @0: null"])
  }

  /// A change that comes with the time limit comes too late, whoever brings the time.
  @Test func waitsExpireBeforeTheStepThatBringsTheTime() {
    var bench = Bench()
    _ = bench.ask(1, wait("a", 10))
    bench.now = 10
    #expect(bench.ask(2, .set("a", SetOptions())) == ["1.1 @0: null", "2.2 @1: OK"])
  }

  @Test func nextDeadlineIsTheEarliestAfterOtherWaitsEnd() {
    var bench = Bench()
    _ = bench.ask(1, wait("a", 10))
    _ = bench.ask(1, wait("b", 20))
    _ = bench.ask(2, wait("c", 30))
    _ = bench.ask(2, wait("d", nil))
    #expect(bench.engine.nextDeadline == 10)
    #expect(bench.ask(3, .set("a", SetOptions())) == ["1.1 @1: a {}", "3.5 @1: OK"])
    #expect(bench.engine.nextDeadline == 20)
    #expect(bench.step(.cancelled(1, 2)) == ["1.2 @1: null"])
    #expect(bench.engine.nextDeadline == 30)
    #expect(bench.step(.ended(2)) == [])
    #expect(bench.engine.nextDeadline == nil)
    #expect(bench.engine.statistics.waits == 0)
    bench.now = 1_000
    #expect(bench.step(.tick) == [])
  }

  @Test func cancellingAnEndedOrUnknownRequestDoesNothing() {
    var bench = Bench()
    _ = bench.ask(1, wait("a", nil))
    #expect(bench.step(.cancelled(2, 1)) == [])
    #expect(bench.step(.cancelled(1, 2)) == [])
    #expect(bench.step(.cancelled(1, 1)) == ["1.1 @0: null"])
    #expect(bench.step(.cancelled(1, 1)) == [])
    #expect(bench.step(.cancelled(9, 1)) == [])
    #expect(bench.ask(2, .set("a", SetOptions())) == ["2.2 @1: OK"])
  }

  /// Waits with a far limit that end early must not pile up until that limit.
  @Test func deadlinesOfEndedWaitsAreDropped() {
    var bench = Bench()
    _ = bench.ask(2, wait("never", 10))
    for _ in 0..<2_000 {
      _ = bench.ask(1, wait("a", 1_000_000))
      bench.set(3, "a")
      _ = bench.ask(3, .delete(["a"], DeleteOptions()))
    }
    #expect(bench.engine.waits.deadlines.count <= 70)
    #expect(bench.engine.nextDeadline == 10)
  }
}
