import Generators
import OctopusRecords
import Testing

@testable import OctopusEngine

/// An engine that is given the changes of another has its state, as if all sessions had ended.
@Suite struct RestoringTests {
  @Test(arguments: 0..<6) func changesAndCountersAreTheState(part: UInt64) {
    let seed = Random().seed &+ part
    var history = History(Random(seed: seed))
    var model = NaiveEngine(after: 0)
    let journal = ChangeRecorder()
    var engine = Engine(changeLog: journal)
    var effects: [Effect] = []
    for _ in 0..<(200 << part) {
      let input = history.next(model)
      _ = model.step(input, now: history.now)
      engine.step(input, now: history.now, into: &effects)
    }
    compare(&engine, journal.items, sessions: 0...2_000, "seed \(seed)")
  }

  @Test(arguments: 0..<4) func queuesAreThoseWithoutSessions(kinds: UInt64) {
    let seed = Random().seed &+ kinds
    var history = CoordinationHistory(Random(seed: seed), kinds: kinds)
    var model = NaiveCoordination()
    let journal = ChangeRecorder()
    var engine = Engine(changeLog: journal)
    var effects: [Effect] = []
    for _ in 0..<3_000 {
      let input = history.next(model)
      _ = model.step(input, now: history.now)
      engine.step(input, now: history.now, into: &effects)
    }
    compare(&engine, journal.items, sessions: 0...3_000, "seed \(seed)")
  }

  @Test func restoredRevisionsAndNumbersGoOn() throws {
    let journal = ChangeRecorder()
    var bench = Bench(changeLog: journal)
    var effects: [Effect] = []
    func step(_ session: SessionID, _ operation: Operation) {
      bench.engine.step(.request(session, 1, Command(operation)), now: 0, into: &effects)
    }
    step(1, .setSequential("job_", SetSequentialOptions()))
    step(1, .setSequential("job_", SetSequentialOptions()))
    step(1, .delete(["job_1"], DeleteOptions()))
    step(1, .lock(LockRequest(Array("l".utf8))))
    let again = ChangeRecorder()
    var restored = Bench(sessions: 0, changeLog: again)
    restore(journal.items, &restored.engine)
    #expect(
      again.takeChanges().map(\.line) == ["change @5: l_0 { lock: 'l' } @4 since @4 of 1 -> -"])
    _ = restored.step(.opened(1, Principal()))
    #expect(
      restored.ask(1, .setSequential("job_", SetSequentialOptions())) == [
        "1.1 @6: name of job_2 {}"
      ])
    let grant = restored.ask(1, .lock(LockRequest(Array("l".utf8))))
    #expect(grant == ["1.2 @7: [7, name of l_1 { lock: 'l' }]"])
  }

  /// Both, once all sessions of the first have ended.
  private func compare(
    _ engine: inout Engine, _ journal: [ChangeRecorder.Item], sessions: ClosedRange<SessionID>,
    _ place: Comment
  ) {
    var restored = Engine()
    restore(journal, &restored)
    var effects: [Effect] = []
    for session in sessions { engine.step(.ended(session), now: .max, into: &effects) }
    while engine.hasWork { engine.step(.work, now: .max, into: &effects) }
    #expect(text(restored) == text(engine), place)
    let names = journal.compactMap { if case .counter(let name, _) = $0 { name } else { nil } }
    for name in Set(names) {
      let numbers = (restored.records.findName(name).number, engine.records.findName(name).number)
      #expect(numbers.0 == numbers.1, place)
    }
    for row in restored.records.all("_ { semaphore: _ }") {
      let (free, size) = (row.record.integer(of: "permits"), row.record.integer(of: "size"))
      let before = engine.records.row(named: row.record)?.record.integer(of: "size") ?? 0
      #expect(free == size && size >= before, place)
    }
    let (first, second) = (restored.statistics, engine.statistics)
    #expect(first.transientRecords == 0 && first.semaphores == second.semaphores, place)
  }

  private func restore(_ journal: [ChangeRecorder.Item], _ engine: inout Engine) {
    for item in journal {
      switch item {
      case .change(let change):
        if let after = change.after {
          engine.restore(after)
        } else if let before = change.before {
          engine.restoreDeletion(of: before.record, at: change.revision)
        }
      case .counter(let name, let next): engine.restoreCounter(name, next: next)
      }
    }
    var effects: [Effect] = []
    engine.finishRestoring(into: &effects)
  }

  /// The records with what reads show of them. When sessions end one after the other, a consumer
  /// may still get permits, so what semaphores have then is not compared.
  private func text(_ engine: borrowing Engine) -> [String] {
    engine.records.all("_").map { row in
      guard QueueMember(row.record) != nil else {
        return "\(row.record) @\(row.revision) since @\(row.created)"
      }
      let record = row.record
      return "\(record.name) \(record.integer(of: "initial")) since @\(row.created)"
    }
  }
}
