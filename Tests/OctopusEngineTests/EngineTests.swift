import OctopusRecords
import Testing

@testable import OctopusEngine

/// The engine by hand: a few sessions, and every effect looked at.
@Suite struct EngineTests {
  @Test func aTriggerFiresAfterTheReplyThatNamedIt() {
    var engine = Engine()
    var effects: [Effect] = []
    engine.step(.opened(1, Principal()), now: 0, into: &effects)
    engine.step(.opened(2, Principal()), now: 0, into: &effects)
    let watch = Command(.get("a {}"), trigger: TriggerRequest(.any, isPersistent: true))
    engine.step(.request(1, 1, watch), now: 0, into: &effects)
    engine.step(
      .request(2, 1, Command(.set("a { x: 1 }", SetOptions(isTransient: true)))), now: 0,
      into: &effects)
    engine.step(
      .request(1, 2, Command(.waitFor("a", .gone, timeoutMilliseconds: 10))), now: 5, into: &effects
    )
    #expect(engine.nextDeadline == 15)
    engine.step(.ended(2), now: 6, into: &effects)
    #expect(effects.count == 7)
  }
}
