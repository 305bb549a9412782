import OctopusEngine
import OctopusRecords
import Testing

@testable import OctopusServer

/// Effects reach a loop in the order of the steps, by whichever thread takes them.
@Suite struct EngineHostTests {
  /// Session 2 lives on loop 0, session 1 on loop 1, of two.
  private func host(watching query: Query) throws -> (EngineHost, [Effect]) {
    let host = EngineHost(mark: HighWaterMark(), loops: 2)
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
