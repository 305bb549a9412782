import OctopusRecords
import Testing

@testable import OctopusEngine

/// What histories do not show of locks, semaphores and barriers: limits, large queues, and what one
/// step costs.
@Suite struct CoordinationTests {
  private func lock(_ name: String, _ task: String = "", timeout: Int64? = nil)
    -> OctopusEngine.Operation
  {
    .lock(LockRequest(Array(name.utf8), task: Array(task.utf8), timeoutMilliseconds: timeout))
  }

  private func unlock(_ name: String, _ task: String = "") -> OctopusEngine.Operation {
    .unlock(Array(name.utf8), task: Array(task.utf8))
  }

  private func take(_ name: String, _ task: String = "", timeout: Int64? = nil) -> PermitRequest {
    PermitRequest(Array(name.utf8), task: Array(task.utf8), timeoutMilliseconds: timeout)
  }

  /// Past 10, 100 and 1,000, where names in byte order would be in another.
  @Test func unlockGrantsWaitersInTheOrderOfTheirNumbers() {
    var bench = Bench(sessions: 1_200)
    _ = bench.ask(1, lock("l"))
    for session in Int64(2)...1_200 { #expect(bench.ask(session, lock("l")).isEmpty) }
    for session in Int64(1)...1_199 {
      let lines = bench.ask(session, unlock("l"))
      // The next holds, and nobody else hears of it.
      #expect(lines.count == 2 && lines[0].hasPrefix("\(session + 1)."), "\(lines)")
      #expect(lines[0].hasSuffix("[\(session + 1), name of l_\(session) { lock: 'l' }]"))
    }
  }

  /// The same as for locks, with many tags over one connection.
  @Test func postGrantsWaitersInTheOrderOfTheirNumbers() {
    var bench = Bench(sessions: 2)
    _ = bench.ask(1, .newSemaphore(Array("s".utf8), permits: 0))
    for number in 0..<1_200 {
      let tag = Array("t\(number)".utf8)
      let wait = OctopusEngine.Operation.takePermits(take("s", "w\(number)"))
      #expect(bench.ask(2, Command(wait, deferTag: tag)).count == 1)
    }
    for number in 0..<1_200 {
      let lines = bench.ask(1, .postPermits(take("s")))
      #expect(lines.count == 2 && lines[0].hasPrefix("2 deferred \"t\(number)\""), "\(lines)")
    }
  }

  /// Plain strings of any kind, each with a queue of its own, and its records can be read again.
  @Test func queuesMayBeNamedWithAnyText() throws {
    var bench = Bench()
    let names = [
      "5", "a b", "it's", "l_0", "l", "l_", "_", "\u{1}\n", "é", "r'x'", "{}",
      String(repeating: "x", count: EngineLimits.queueNameBytes),
    ]
    for name in names {
      let line = bench.ask(1, lock(name)).last ?? ""
      #expect(line.contains("[") && line.hasSuffix("]"), "\(line)")
      #expect(bench.ask(2, lock(name, timeout: 0)).last?.hasSuffix("null") ?? false)
      let bytes = Array(name.utf8)
      _ = bench.ask(2, Command(.enterBarrier(BarrierRequest(bytes, parties: 2)), deferTag: bytes))
      #expect(bench.ask(2, .newSemaphore(bytes, permits: 1)).last?.hasSuffix("OK") ?? false)
      #expect(bench.ask(2, .takePermits(take(name))).last?.hasSuffix(": 1") ?? false)
    }
    #expect(bench.engine.statistics.locks == names.count)
    #expect(bench.engine.statistics.barriers == names.count)
    #expect(bench.engine.statistics.semaphores == names.count)
    let records = try bench.records("_")
    #expect(records.count == 4 * names.count)
    for record in records { #expect(try Record(parsing: record.description) == record) }
    for name in names { #expect(bench.ask(1, unlock(name)).last?.hasSuffix(": 1") ?? false) }
    #expect(bench.engine.statistics.locks == 0)
    // And again, with the next number.
    for name in names {
      for _ in 1...2 {
        #expect(bench.ask(1, lock(name)).last?.contains("[") ?? false)
        let held = try bench.records("_ { lock: _ }")
        #expect(held.count == 1)
        let record = held[0]
        #expect(record["lock"] == .string(name) && record.name.hasPrefix(name + "_"))
        #expect(try Record(parsing: record.description) == record)
        #expect(bench.ask(1, unlock(name)).last?.hasSuffix(": 1") ?? false)
      }
    }
  }

  @Test func refusedWaitTakesNoID() {
    var bench = Bench()
    _ = bench.ask(1, lock("l"))
    bench = Bench(Bounds(memory: bench.engine.footprint + 100))
    _ = bench.ask(1, lock("l"))
    #expect(bench.ask(2, lock("l")).last?.hasSuffix("-OOM") ?? false)
    #expect(bench.engine.watches.takeID() == 1)
  }

  @Test func countersOfEmptyQueuesAreRetiredWhenThereAreMany() throws {
    var bounds = Bounds()
    bounds.idleCounters = 4
    var bench = Bench(bounds)
    var given: Set<String> = []
    for number in 0..<1_000 {
      let name = "l\(number % 40)"
      let line = bench.ask(1, lock(name)).last ?? ""
      let member = line.split(separator: " ").dropLast(4).last.map(String.init) ?? ""
      #expect(member.hasPrefix("\(name)_") && given.insert(member).inserted, "\(line)")
      #expect(bench.ask(1, unlock(name)).last?.hasSuffix(": 1") ?? false)
    }
    #expect(bench.engine.statistics.counters <= 5)
    // A counter of one's own begins above them, and stays.
    _ = bench.ask(1, .setSequential("rec_", SetSequentialOptions()))
    let name = try bench.records("r'^rec_'")[0].name
    #expect(Int(name.dropFirst(4)) ?? 0 >= 20)
    // A held lock keeps its counter.
    for number in 0..<8 { _ = bench.ask(1, lock("held\(number)")) }
    #expect(bench.ask(2, lock("held1", timeout: 0)).last?.hasSuffix("null") ?? false)
    #expect(bench.engine.statistics.counters == 13)
  }

  @Test func waitsPastTheLimitOfASessionAreRefused() {
    var bounds = Bounds()
    bounds.watchesPerSession = 3
    var bench = Bench(bounds)
    for name in ["a", "b"] { _ = bench.ask(1, lock(name)) }
    _ = bench.ask(1, .newSemaphore(Array("s".utf8), permits: 0))
    let waiting: [OctopusEngine.Operation] = [
      lock("a"), .takePermits(take("s")), .enterBarrier(BarrierRequest([98], parties: 2)),
    ]
    for (number, operation) in waiting.enumerated() {
      #expect(bench.ask(2, Command(operation, deferTag: [UInt8(number)])).count == 1)
    }
    let refused = bench.ask(2, Command(lock("b"), deferTag: [9]))
    #expect(refused.last?.hasSuffix("-LIMIT") ?? false, "\(refused)")
    // It has left no record behind.
    #expect(bench.engine.statistics.records == 6)
    _ = bench.ask(2, .cancel(tag: [0]))
    #expect(bench.ask(2, Command(lock("b"), deferTag: [9])).last?.hasSuffix("QUEUED") ?? false)
  }

  @Test func queuesPastTheMemoryLimitAreRefusedUntilMembersLeave() {
    var bench = Bench(Bounds(memory: 6_000))
    _ = bench.ask(3, .newSemaphore(Array("s".utf8), permits: 0))
    let before = bench.engine.footprint
    var held = 0
    while held < 100,
      bench.ask(1, lock("l", "\(held)", timeout: 99)).last?.hasSuffix("-OOM") != true
    {
      held += 1
    }
    #expect((2..<20).contains(held))
    let full = bench.engine.footprint
    for operation in [
      lock("m"), .takePermits(take("s")), .enterBarrier(BarrierRequest([98], parties: 2)),
    ] {
      #expect(bench.ask(2, operation).last?.hasSuffix("-OOM") ?? false)
      #expect(bench.engine.footprint == full)
    }
    // What gives back goes on.
    #expect(bench.ask(1, unlock("l", "0")).last?.hasSuffix(": 1") ?? false)
    _ = bench.step(.ended(1))
    #expect(bench.engine.footprint == before + 80 + 2, "all but the counter's own")
  }

  @Test func sessionEndIsOneStep() {
    var bench = Bench(sessions: 4)
    _ = bench.ask(1, lock("a"))
    _ = bench.ask(1, lock("b"))
    _ = bench.ask(2, lock("a"))
    _ = bench.ask(1, Command(lock("a", "other"), deferTag: [1]))
    _ = bench.ask(3, lock("a"))
    _ = bench.ask(4, .observe("_ { lock: _ }"))
    let lines = bench.step(.ended(1))
    // Its records go in the order of their creation; then the grants; its own waits are not told.
    #expect(lines.count == 4, "\(lines)")
    for (line, name) in zip(lines, ["a_0", "b_0", "a_2"]) {
      #expect(line.hasPrefix("event del") && line.contains(name), "\(line)")
    }
    #expect(lines.last?.hasPrefix("2.") ?? false)
  }

  @Test func transactionsRefuseOperationsThatWaitOrTry() {
    var bench = Bench()
    _ = bench.ask(1, .newSemaphore([115], permits: 1))
    for operation in [
      lock("l", timeout: 0), .tryPermits(take("s", timeout: 0)), .takePermits(take("s")),
      .enterBarrier(BarrierRequest([98])), .leaveBarrier(BarrierRequest([98])), .cancel(tag: [1]),
    ] {
      let lines = bench.ask(1, [.set("kept", SetOptions()), operation])
      #expect(lines.last?.hasSuffix("-ERR") ?? false, "\(lines)")
    }
    #expect(bench.engine.statistics.records == 1)
  }

  /// A name that a transaction has given to another record is not taken for the member's.
  @Test func recordThatTookAMembersNameIsLeftAlone() {
    var bench = Bench()
    _ = bench.ask(1, lock("l"))
    let lines = bench.ask(
      1, [.delete(["l_0"], DeleteOptions()), .set("l_0", SetOptions()), unlock("l")])
    #expect(lines.last?.hasSuffix("[1, OK, 0]") ?? false, "\(lines)")
    _ = bench.ask(1, lock("m"))
    let more = bench.ask(
      1,
      [
        .delete(["m_0"], DeleteOptions()),
        .newSemaphore(Array("m_0".utf8), permits: 1), unlock("m"),
      ])
    #expect(more.last?.hasSuffix("[1, OK, 0]") ?? false, "\(more)")
    _ = bench.ask(1, .delete(["m_0"], DeleteOptions()))
    _ = bench.ask(1, .newSemaphore(Array("s".utf8), permits: 1))
    _ = bench.ask(1, .takePermits(take("s")))
    _ = bench.ask(
      1,
      [
        .delete(["s", "s_0"], DeleteOptions()),
        .set("s_0 { kept: true }", SetOptions()),
      ])
    #expect(bench.ask(1, .get("s_0")).last?.hasSuffix("s_0 { kept: true }") ?? false)
    #expect(bench.engine.statistics.semaphores == 0)
    #expect(bench.engine.queues.memberCount == 0)
  }

  /// A lock that is emptied stays for whoever comes back, but counts as none, and another may take
  /// its place before it has had its turn.
  @Test func emptyLocksAreNotCounted() {
    var bench = Bench(sessions: 2)
    for name in ["a", "b", "a", "a"] {
      _ = bench.ask(1, lock(name))
      #expect(bench.engine.statistics.locks == 1)
      #expect(bench.ask(1, unlock(name)).last?.hasSuffix("1") ?? false)
      #expect(bench.engine.statistics.locks == 0)
    }
    _ = bench.ask(1, lock("a"))
    let member: Record = "c_ { lock: 'c' }"
    let lines = bench.ask(
      1, [unlock("a"), .setSequential(member, SetSequentialOptions(isTransient: true))])
    #expect(lines.last?.contains("[1, name of c_0") ?? false, "\(lines)")
    #expect(bench.engine.statistics.locks == 1)
    #expect(bench.ask(2, lock("c")).isEmpty)
    #expect(bench.ask(2, lock("a")).last?.contains("name of a_") ?? false)
    #expect(bench.engine.statistics.locks == 2)
  }

  @Test func lockIsRefusedAtTheLastRevision() {
    var engine = Engine(after: EngineLimits.revision - 3)
    var effects: [Effect] = []
    engine.step(.opened(1, Principal()), now: 0, into: &effects)
    engine.step(.request(1, 1, Command(lock("l"))), now: 0, into: &effects)
    engine.step(
      .request(1, 2, Command(lock("l", "x", timeout: 5), deferTag: [1])), now: 0, into: &effects)
    engine.step(.request(1, 3, Command(lock("m"))), now: 0, into: &effects)
    engine.step(.request(1, 4, Command(.newSemaphore([1], permits: 1))), now: 0, into: &effects)
    engine.step(.request(1, 5, Command(unlock("l"))), now: 0, into: &effects)
    engine.step(.tick, now: 9, into: &effects)
    engine.step(.ended(1), now: 9, into: &effects)
    #expect(
      effects.map(\.line).suffix(2).allSatisfy { $0.hasSuffix("-LIMIT") || $0.hasSuffix("null") })
  }
}
