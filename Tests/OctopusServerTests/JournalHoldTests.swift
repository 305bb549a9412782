import OctopusEngine
import OctopusRecords
import Testing

@testable import OctopusServer

/// With `--fsync always`, effects wait until the disk has what they reflect.
@Suite struct JournalHoldTests {
  private let host: EngineHost

  init() {
    let feed = JournalFeed(holding: .everything)
    host = EngineHost(Engine(changeLog: feed), mark: HighWaterMark(), loops: 2)
    for session: SessionID in 1...2 { _ = step(.opened(session, Principal())) }
  }

  /// Session 2 lives on loop 0.
  private func step(_ input: Input, on loop: Int = 0) -> [Effect] {
    var effects: [Effect] = []
    _ = host.step(input, now: 0, for: loop, into: &effects)
    return effects
  }

  private func ask(_ operation: OctopusEngine.Operation) -> [Effect] {
    step(.request(2, 1, Command(operation)))
  }

  private func set(_ text: String, isTransient: Bool = false) throws -> OctopusEngine.Operation {
    .set(Write(try Record(parsing: text)), SetOptions(isTransient: isTransient))
  }

  private var get: OctopusEngine.Operation {
    get throws { .get(try Query(parsing: "a")) }
  }

  /// The revision until which the last effect is held.
  private func hold(_ effects: [Effect]) -> Revision {
    effects.reduce(0) { if case .hold(let revision) = $1 { revision } else { $0 } }
  }

  @Test func changesAndReadsAreHeldUntilTheDiskHasTheLastChange() throws {
    #expect(hold(ask(try get)) == 0)
    #expect(hold(ask(try set("a { n: 1 }"))) == 1)
    #expect(hold(ask(try get)) == 1)
    host.progress.durable.store(1, ordering: .relaxed)
    #expect(hold(ask(try get)) == 0)
  }

  @Test func transientChangesAreNotHeldUnlessTheirTransactionMayRead() throws {
    _ = ask(try set("a"))
    #expect(hold(ask(.lock(LockRequest(Array("l".utf8))))) == 0)
    #expect(hold(ask(try set("t", isTransient: true))) == 0)
    let commands = [Command(try get), Command(try set("u", isTransient: true))]
    #expect(hold(step(.transaction(2, 1, commands))) == 1)
  }

  @Test func transientRecordInPlaceOfALastingOneIsHeld() throws {
    _ = ask(try set("a"))
    host.progress.durable.store(1, ordering: .relaxed)
    #expect(hold(ask(try set("a", isTransient: true))) == 2)
  }

  @Test func eventsOfOtherLoopsAreHeldToo() throws {
    _ = step(.request(1, 1, Command(.observe(try Query(parsing: "a")))), on: 1)
    _ = ask(try set("a"))
    var mail = Mailbox()
    host.collect(for: 1, into: &mail)
    guard case .hold(until: 1)? = mail.effects.first, case .event? = mail.effects.last else {
      Issue.record("the event is not held: \(mail.effects)")
      return
    }
  }

  @Test func mailIsHeldWhenWritingFails() throws {
    host.setHolding(.nothing)
    _ = step(.request(1, 1, Command(.observe(try Query(parsing: "a")))), on: 1)
    _ = ask(try set("a"))
    #expect(host.journalFailed(unwritten: true))
    var mail = Mailbox()
    host.collect(for: 1, into: &mail)
    guard case .hold(until: 1)? = mail.effects.first else {
      Issue.record("the event is not held: \(mail.effects)")
      return
    }
    let refused = ask(try set("b"))
    guard case .reply(_, _, .error(let failure), _)? = refused.last else {
      Issue.record("the change is not refused: \(refused)")
      return
    }
    #expect(failure.code == .readOnly && hold(refused) == 0)
  }
}
