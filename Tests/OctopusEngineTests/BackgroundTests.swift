import OctopusRecords
import Testing

@testable import OctopusEngine

/// Work that takes more than one step is done in parts, and other requests are served in between.
@Suite struct BackgroundTests {
  /// A step examines or changes about ten records.
  private static let bounds = Bounds(stepBudget: 20_000)

  private func bench(records: Int) -> Bench {
    var bench = Bench(Self.bounds)
    for number in 0..<records { bench.set(1, "r\(number) { n: \(number), m: 1 }") }
    return bench
  }

  /// Carries out all background work. Returns what each part gave.
  private func carryOn(_ bench: inout Bench) -> [[String]] {
    var parts: [[String]] = []
    while bench.engine.hasWork { parts.append(bench.step(.work)) }
    return parts
  }

  @Test func deletionOfManyRecordsIsDoneInPartsAndAnsweredAtTheEnd() {
    var bench = bench(records: 500)
    _ = bench.ask(2, .observe("r42"))
    let all = Operation.delete(["_"], DeleteOptions(deletesAll: true))
    #expect(bench.ask(1, all).isEmpty)
    _ = bench.step(.work)
    let left = bench.engine.statistics.records
    #expect(left > 0 && left < 500)
    #expect(bench.ask(2, .size).last?.hasSuffix(": \(left)") == true)
    let parts = carryOn(&bench)
    #expect(parts.count > 3)
    #expect(parts.last?.last?.hasSuffix(": 500") == true)
    #expect(bench.engine.statistics.records == 0)
  }

  @Test func deletionOfManyRecordsGoesOnAfterItsSession() {
    var bench = bench(records: 500)
    _ = bench.ask(2, .delete(["_"], DeleteOptions(deletesAll: true)))
    _ = bench.step(.ended(2))
    _ = carryOn(&bench)
    #expect(bench.engine.statistics.records == 0)
  }

  @Test func deletionInATransactionIsNotDoneInParts() {
    var bench = bench(records: 500)
    let all = Operation.delete(["_"], DeleteOptions(deletesAll: true))
    #expect(bench.ask(1, [all]).last?.hasSuffix("-LIMIT") == true)
    let hasWork = bench.engine.hasWork
    #expect(!hasWork)
    #expect(bench.engine.statistics.records == 500)
  }

  @Test func endOfASessionWithManyRecordsReleasesItsLocksFirst() {
    var bench = Bench(Self.bounds)
    for number in 0..<2_000 { bench.set(1, "t\(number)", transient: true) }
    _ = bench.ask(1, .lock(LockRequest(Array("l".utf8))))
    _ = bench.ask(2, .lock(LockRequest(Array("l".utf8))))
    _ = bench.ask(3, .observe("r'^t'"))
    var effects = bench.step(.ended(1))
    var granted = effects.contains { $0.contains("grant") || $0.contains("l_1") }
    var events = effects.count { $0.contains(" del ") }
    while bench.engine.hasWork {
      effects = bench.step(.work)
      let grants = effects.contains { $0.contains("l_1") }
      if grants { #expect(events < 200) }
      granted = granted || grants
      events += effects.count { $0.contains("3 trigger") }
    }
    #expect(granted)
    #expect(bench.engine.statistics.records == 1)
    #expect(bench.engine.statistics.transientRecords == 1)
  }

  /// Undone, the other's transaction puts the records back where the ending has looked already.
  @Test func endOfASessionDeletesRecordsThatAnUndoneTransactionPutBack() {
    var bench = Bench(Bounds(stepBudget: 2_000_000))
    for number in 0..<3_000 { bench.set(1, "t\(number)", transient: true) }
    _ = bench.step(.ended(1))
    let some = (0..<200).map { Query(stringLiteral: "t\(2_999 - $0)") }
    let undone: [Operation] = [
      .delete(some, DeleteOptions()), .update("none", UpdateOptions()),
    ]
    var left = [bench.engine.statistics.records]
    while bench.engine.hasWork {
      #expect(bench.ask(2, undone).last?.contains("-MISMATCH") == true)
      _ = bench.step(.work)
      left.append(bench.engine.statistics.records)
    }
    #expect(left.count > 5 && left.last == 0)
  }

  /// A writer cannot keep a deletion going.
  @Test func deletionOfManyRecordsLeavesThoseThatAreCreatedMeanwhile() {
    var bench = bench(records: 500)
    #expect(bench.ask(1, .delete(["_"], DeleteOptions(deletesAll: true))).isEmpty)
    var written = 0
    var isAnswered = false
    while bench.engine.hasWork {
      isAnswered = bench.step(.work).contains { $0.hasSuffix(": 500") } || isAnswered
      written += 1
      bench.set(2, "s\(written)")
    }
    #expect(isAnswered && written > 3)
    #expect(bench.engine.statistics.records == written)
  }

  /// Before its other records, however many, and before its triggers.
  @Test func endOfASessionDeletesItsMembersOfQueuesFirst() {
    var bench = Bench(Self.bounds)
    for number in 0..<1_000 { bench.set(1, "t\(number)", transient: true) }
    _ = bench.ask(1, .newSemaphore(Array("s".utf8), permits: 1))
    _ = bench.ask(1, .takePermits(PermitRequest(Array("s".utf8))))
    _ = bench.ask(2, .takePermits(PermitRequest(Array("s".utf8))))
    var isGranted = bench.step(.ended(1)).contains { $0.hasPrefix("2.") }
    var steps = 0
    while !isGranted, bench.engine.hasWork {
      isGranted = bench.step(.work).contains { $0.hasPrefix("2.") }
      steps += 1
    }
    #expect(isGranted && steps < 10)
    #expect(bench.engine.statistics.transientRecords > 900)
  }

  @Test func waiterWhoseSessionHasEndedIsNotAnswered() {
    var bench = Bench(Self.bounds, sessions: 3)
    _ = bench.ask(1, .lock(LockRequest(Array("l".utf8))))
    for task in UInt8(0)..<100 {
      _ = bench.ask(2, .lock(LockRequest(Array("l".utf8), task: [task])))
    }
    var effects = bench.step(.ended(2))
    effects += bench.ask(1, .unlock(Array("l".utf8), task: []))
    effects += carryOn(&bench).joined()
    #expect(effects.allSatisfy { !$0.hasPrefix("2.") })
    #expect(bench.engine.statistics.records == 0 && bench.engine.statistics.waits == 0)
    #expect(bench.ask(3, .lock(LockRequest(Array("l".utf8)))).count == 1)
  }

  @Test func endOfASessionWithManyTriggersAndWaitsIsDoneInParts() {
    var bench = Bench(Self.bounds)
    for number in 0..<100 {
      _ = bench.ask(1, .observe(Query(stringLiteral: "r\(number)")))
      _ = bench.ask(1, .subscribe([(source: Array("\(number)".utf8), query: "_" as Query)]))
    }
    _ = bench.ask(1, .waitFor("none", .match, timeoutMilliseconds: nil))
    _ = bench.step(.ended(1))
    let hasWork = bench.engine.hasWork
    #expect(hasWork)
    let parts = carryOn(&bench).count
    #expect(parts > 10)
    let statistics = bench.engine.statistics
    #expect((statistics.triggers, statistics.subscriptions, statistics.waits) == (0, 0, 0))
    let footprint = bench.engine.footprint
    #expect(footprint == 0)
  }

  @Test func queryThatNeedsAnIndexIsAnsweredWhenItIsBuilt() {
    var bench = bench(records: 2_000)
    #expect(bench.ask(2, .count("_ { n >= 7, n < 9 }")).isEmpty)
    #expect(bench.ask(3, [.get("r1"), .count("_ { n: 7 }")]).isEmpty)
    // Meanwhile others are served, and the index follows their changes.
    _ = bench.step(.work)
    bench.set(1, "r7 { n: 8 }")
    let answers = carryOn(&bench).joined().joined(separator: "\n")
    #expect(answers.contains(": 2"))
    #expect(answers.contains("[r1 { m: 1, n: 1 }, 0]"))
    #expect(bench.ask(2, .count("_ { n: 8 }")).last?.hasSuffix(": 2") == true)
  }

  @Test func lockThatIsReleasedToManyIsGrantedInParts() {
    var bench = Bench(Self.bounds, sessions: 40)
    let shared = LockRequest(Array("l".utf8), isShared: true)
    _ = bench.ask(1, .lock(LockRequest(Array("l".utf8))))
    for session in Int64(2)...40 { _ = bench.ask(session, .lock(shared)) }
    let first = bench.ask(1, .unlock(Array("l".utf8), task: [])).count
    #expect(first < 39)
    // Another client waits behind those that are still to be granted.
    #expect(bench.ask(1, .lock(LockRequest(Array("l".utf8)))).isEmpty)
    let granted = carryOn(&bench).joined().count
    #expect(first - 1 + granted == 39)
  }

  @Test func manyTimeLimitsThatPassAtOnceEndInParts() {
    var bench = Bench(Self.bounds)
    for _ in 0..<50 { _ = bench.ask(1, .waitFor("x", .match, timeoutMilliseconds: 5)) }
    bench.now = 10
    var ended = bench.step(.tick).count
    #expect(ended > 0 && ended < 50)
    while bench.engine.nextDeadline != nil { ended += bench.step(.tick).count }
    #expect(ended == 50)
  }

  @Test func deletionOfASemaphoreAnswersItsWaitersInParts() {
    var bench = Bench(Self.bounds, sessions: 60)
    _ = bench.ask(1, .newSemaphore(Array("s".utf8), permits: 0))
    for session in Int64(2)...60 {
      _ = bench.ask(session, .takePermits(PermitRequest(Array("s".utf8))))
    }
    let first = bench.ask(1, .delete(["s"], DeleteOptions())).count { $0.contains("-GONE") }
    #expect(first < 59)
    let rest = carryOn(&bench).joined().count { $0.contains("-GONE") }
    #expect(first + rest == 59)
    #expect(bench.engine.statistics.records == 0 && bench.engine.statistics.waits == 0)
  }

  @Test func deferredRequestThatWaitsForAnIndexKeepsItsTag() {
    var bench = bench(records: 2_000)
    let wait = Operation.waitFor("_ { n: -1 }", .match, timeoutMilliseconds: nil)
    let tag: [UInt8] = [7]
    #expect(bench.ask(2, Command(wait, deferTag: tag)).last?.hasSuffix("QUEUED") == true)
    #expect(bench.ask(2, Command(wait, deferTag: tag)).last?.hasSuffix("-BUSY") == true)
    #expect(bench.ask(2, .cancel(tag: tag)).last?.hasSuffix(": 1") == true)
    #expect(bench.ask(2, Command(wait, deferTag: tag)).last?.hasSuffix("QUEUED") == true)
    _ = carryOn(&bench)
    #expect(bench.engine.statistics.waits == 1)
    _ = bench.step(.ended(2))
    #expect(bench.engine.statistics.waits == 0)
  }

  /// Undone, the transaction takes back the records that made the index necessary.
  @Test func transactionWhoseIndexIsNeverBuiltIsRefused() {
    var bench = Bench(Bounds(stepBudget: 3_000_000))
    for number in 0..<2_000 { bench.set(1, Write(stringLiteral: "r\(number)")) }
    let sets = (0..<1_100).map { Operation.set(Write("n\($0) { z: \($0) }"), SetOptions()) }
    #expect(bench.ask(1, sets + [.count("_ { z: 1 }")]).isEmpty)
    let answers = carryOn(&bench).joined()
    #expect(answers.count == 1 && answers.last?.hasSuffix("-LIMIT") == true)
    #expect(bench.engine.statistics.records == 2_000)
  }

  @Test func barrierOpensAlthoughTheBudgetIsSpent() {
    var bench = Bench(Bounds(stepBudget: 100))
    let enter = Operation.enterBarrier(BarrierRequest(Array("b".utf8), parties: 2))
    #expect(bench.ask(1, enter).isEmpty)
    #expect(bench.ask(2, enter).count == 2)
  }
}
