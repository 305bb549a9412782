import OctopusEngine
import OctopusJournal
import OctopusRecords
import Testing

@testable import OctopusServer

/// Effects reach a loop in the order of the steps, by whichever thread takes them.
@Suite struct EngineHostTests {
  /// Session 2 lives on loop 0, session 1 on loop 1, of two.
  private func host(watching query: Query) throws -> (EngineHost, [Effect]) {
    let host = EngineHost(Engine(), mark: HighWaterMark(), loops: 2)
    var effects: [Effect] = []
    _ = host.step(.opened(2, Principal()), now: 0, for: 0, into: &effects)
    _ = host.step(.opened(1, Principal()), now: 0, for: 1, into: &effects)
    let observe = Command(.observe(query))
    _ = host.step(.request(1, 1, observe), now: 0, for: 1, into: &effects)
    return (host, effects)
  }

  private func set(_ host: EngineHost, _ request: RequestID) throws {
    var own: [Effect] = []
    let write = Write(try Record(parsing: "a { n: \(request) }"))
    let command = Command(.set(write, SetOptions()))
    _ = host.step(.request(2, request, command), now: 0, for: 0, into: &own)
  }

  private func revisions(_ effects: [Effect]) -> [Revision] {
    effects.compactMap { if case .event(let event, _) = $0 { event.revision } else { nil } }
  }

  @Test func longMailStaysBeforeTheEffectsOfTheLoopsNextStep() throws {
    let (host, _) = try host(watching: "a")
    for request in 1...10 { try set(host, RequestID(request)) }
    var mail = Mailbox()
    #expect(!host.collectIfShort(for: 1, into: &mail))
    #expect(mail.isEmpty, "a helper takes only mail that it delivers")
    try set(host, 11)
    var effects: [Effect] = []
    let read = Command(.size)
    _ = host.step(.request(1, 2, read), now: 0, for: 1, into: &effects)
    #expect(revisions(effects) == Array(1...11))
    guard case .reply(1, 2, _, _)? = effects.last else {
      Issue.record("the loop's own reply is last")
      return
    }
  }

  /// The loop of the subscribers takes nothing: those for which most waits are ended, the others
  /// get all.
  @Test func mailForABusyLoopIsBounded() throws {
    let host = EngineHost(
      Engine(memoryLimit: 1 << 20), mark: HighWaterMark(),
      memoryLimit: 1 << 20, loops: 2)
    var effects: [Effect] = []
    _ = host.step(.opened(2, Principal()), now: 0, for: 0, into: &effects)
    for (session, name) in [(1, "small"), (3, "large"), (5, "large")] as [(SessionID, Query)] {
      _ = host.step(.opened(session, Principal()), now: 0, for: 1, into: &effects)
      let subscribe = Command(.subscribe([(source: name.text, query: name)]))
      _ = host.step(.request(session, 1, subscribe), now: 0, for: 1, into: &effects)
    }
    let text = String(repeating: "x", count: 500_000)
    for request in 1...40 {
      for record in ["small { n: \(request) }", "large { t: '\(text)' }"] {
        let publish = Command(.publish(try Record(parsing: record)))
        var own: [Effect] = []
        _ = host.step(.request(2, RequestID(request), publish), now: 0, for: 0, into: &own)
      }
      #expect(host.memory.mailBytes <= host.memory.mailLimit)
    }
    var mail = Mailbox()
    host.collect(for: 1, into: &mail)
    #expect(host.memory.mailBytes == 0)
    var (ended, numbers): (Set<SessionID>, [Value?]) = ([], [])
    for effect in mail.effects {
      if case .overflow(let session, _) = effect { ended.insert(session) }
      if case .message(let record, let subscribers, _) = effect,
        subscribers.contains(where: { $0.session == 1 })
      {
        numbers.append(record["n"])
      }
    }
    #expect(ended == [3, 5])
    #expect(numbers == (1...40).map { Value.integer($0) })
  }

  @Test func shortMailIsTakenWhole() throws {
    let (host, _) = try host(watching: "a")
    for request in 1...3 { try set(host, RequestID(request)) }
    var mail = Mailbox()
    #expect(host.collectIfShort(for: 1, into: &mail))
    #expect(revisions(mail.effects) == [1, 2, 3])
    var rest = Mailbox()
    host.collect(for: 1, into: &rest)
    #expect(rest.isEmpty)
  }
}
