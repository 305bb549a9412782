import Generators
import OctopusRecords
import Testing

@testable import OctopusEngine

/// A recorded list of inputs replays to the same effects, byte for byte.
@Suite struct ReplayTests {
  /// The second engine's dictionaries and sets have other hash seeds, and so another order, because
  /// they grew in another place: none of it may show.
  @Test(arguments: 0..<2)
  func sameInputsGiveTheSameEffects(part: UInt64) {
    let seed = Random().seed &+ part
    let inputs = record(seed)
    let first = replay(inputs)
    let again = replay(inputs)
    #expect(first.count > 1_000, "seed \(seed)")
    #expect(firstDifference(first, again) == nil, "seed \(seed)")
  }

  /// The same for locks, semaphores and barriers.
  @Test(arguments: 0..<4)
  func sameInputsGiveTheSameEffectsOfQueues(kinds: UInt64) {
    let seed = Random().seed &+ kinds
    var history = CoordinationHistory(Random(seed: seed), kinds: kinds)
    var model = NaiveCoordination()
    let inputs = (0..<1_500).map { _ in
      let input = history.next(model)
      _ = model.step(input, now: history.now)
      return (input, history.now)
    }
    #expect(firstDifference(replay(inputs), replay(inputs)) == nil, "seed \(seed)")
  }

  private func record(_ seed: UInt64) -> [(Input, Instant)] {
    var history = History(Random(seed: seed))
    var model = NaiveEngine(after: 0)
    return (0..<1_500).map { _ in
      let input = history.next(model)
      _ = model.step(input, now: history.now)
      return (input, history.now)
    }
  }

  private func replay(_ inputs: [(Input, Instant)]) -> [String] {
    var engine = Engine()
    var effects: [Effect] = []
    for (input, now) in inputs { engine.step(input, now: now, into: &effects) }
    return effects.map(\.line)
  }

  /// Everything that could come in hash order, at once: many owned records, subscriptions, triggers
  /// and waits of a session that ends, and of those that hear of it.
  @Test func hashOrderChangesNoEffect() {
    var inputs: [(Input, Instant)] = []
    for session in Int64(1)...20 { inputs.append((.opened(session, Principal()), 0)) }
    for number in Int64(0)..<400 {
      let session = number % 20 + 1
      let command: Command =
        switch number / 20 % 5 {
        case 0: Command(.set("r\(number) { of: \(session) }", SetOptions(isTransient: true)))
        case 1: Command(.observe("_ { of: \(1) }"))
        case 2: Command(.waitFor("_ { of: \(1) }", .gone, timeoutMilliseconds: 5 + number % 3))
        case 3:
          Command(
            .subscribe([
              (source: Array("_".utf8), query: "_" as Query),
              (source: Array("_ {}".utf8), query: "_ {}" as Query),
            ]))
        default: Command(.patternSubscribe([(source: Array("_".utf8), query: "_" as Query)]))
        }
      inputs.append((.request(session, number, command), 0))
    }
    inputs.append((.request(20, 900, Command(.publish("news"))), 1))
    inputs.append((.request(20, 901, Command(.unsubscribe([]))), 1))
    inputs.append((.ended(1), 2))
    inputs.append((.ended(2), 2))
    inputs.append((.tick, 9))
    let lines = replay(inputs)
    for _ in 0..<5 { #expect(firstDifference(replay(inputs), lines) == nil) }
  }

  /// Not the lists themselves, which a failure would print whole.
  private func firstDifference(_ a: [String], _ b: [String]) -> String? {
    for (a, b) in zip(a, b) where a != b { return "\(a)\n\(b)" }
    return a.count == b.count ? nil : "\(a.count) lines and \(b.count)"
  }
}
