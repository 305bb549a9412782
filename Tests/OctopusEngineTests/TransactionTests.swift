import OctopusRecords
import Testing

@testable import OctopusEngine

/// A transaction that fails leaves everything as it was.
@Suite struct TransactionTests {
  /// Ways to fail, each after changes of every kind.
  private static let failures: [(String, Operation)] = [
    ("-MISMATCH", .set("kept { a: 2, a == 5 }", SetOptions())),
    ("-MISMATCH", .set("kept", SetOptions(only: .absent))),
    ("-MISMATCH", .set("absent", SetOptions(only: .present))),
    ("-MISMATCH", .set("kept", SetOptions(ifRevision: 999))),
    ("-MISMATCH", .update("absent { a: 1 }", UpdateOptions())),
    ("-MISMATCH", .delete(["kept { a: 7 }"], DeleteOptions())),
    ("-NONAME", .delete(["_"], DeleteOptions())),
    ("-NOTRIGGER", .untrigger(12_345)),
    ("-ERR", .waitFor("kept", .match, timeoutMilliseconds: nil)),
    ("-ERR", .subscribe([(source: [95], query: "_" as Query)])),
  ]

  private static let work: [Operation] = [
    .set("new { a: 1 }", SetOptions(isTransient: true)),
    .set("kept { a: 3 }", SetOptions()),
    .set("mine", SetOptions(isTransient: true)),
    .set("theirs { now: 'mine' }", SetOptions(isTransient: true)),
    .setSequential("n_", SetSequentialOptions(isTransient: true)),
    .setSequential("n_", SetSequentialOptions()),
    .setSequential("m_", SetSequentialOptions(isTransient: true)),
    .update("kept { b: 2 }", UpdateOptions(removed: [[97]])),
    .delete(["mine", "r'^n_'"], DeleteOptions(deletesAll: true)),
    .delete(["theirs"], DeleteOptions()),
    .set("theirs { again: 1 }", SetOptions(isTransient: true)),
    .untrigger(1),
    .observe("_"),
    .publish("news"),
  ]

  private func prepared() -> Bench {
    var bench = Bench()
    _ = bench.ask(1, .observe("_"))
    bench.set(1, "kept { a: 1 }")
    bench.set(1, "mine { x: 1 }", transient: true)
    bench.set(2, "theirs { x: 2 }", transient: true)
    _ = bench.ask(1, .setSequential("n_", SetSequentialOptions(isTransient: true)))
    _ = bench.ask(2, .subscribe([(source: [95], query: "_" as Query)]))
    _ = bench.ask(2, .waitFor("r'^(new|m_0)'", .match, timeoutMilliseconds: 50))
    return bench
  }

  /// All that can be asked of an engine, and the ownership that shows when sessions end.
  private func state(_ bench: inout Bench) -> [String] {
    var lines = ["\(bench.engine.statistics)", "\(bench.engine.nextDeadline ?? -1)"]
    lines += bench.ask(3, .find("_", Page()))
    for query: Query in ["_ { a: 1 }", "_ { x: _ }", "_ { b: 2 }", "r'^n_'"] {
      lines += bench.ask(3, .explain(query))
    }
    lines += bench.ask(3, .setSequential("n_", SetSequentialOptions()))
    lines += bench.ask(3, .setSequential("m_", SetSequentialOptions()))
    lines += bench.step(.ended(2))
    lines += bench.step(.ended(1))
    return lines + bench.ask(3, .find("_", Page()))
  }

  @Test func failedTransactionChangesNothing() {
    for (code, failing) in Self.failures {
      var untouched = prepared()
      var bench = prepared()
      // The same number of requests, so that the same numbers are on their replies.
      _ = untouched.ask(1, .size)
      let lines = bench.ask(1, Self.work + [failing])
      #expect(lines.count == 1 && lines[0].hasSuffix(code), "\(failing): \(lines)")
      #expect(state(&bench) == state(&untouched), "\(failing)")
    }
  }

  /// Without the failing command the same work does all that the test above expects not to see.
  @Test func sameTransactionWithoutTheFailureSucceeds() {
    var untouched = prepared()
    var bench = prepared()
    let lines = bench.ask(1, Self.work)
    #expect(lines.count == 10)
    #expect(lines.contains { $0.hasPrefix("event removed") })
    #expect(lines.contains { $0.hasPrefix("message") })
    #expect(lines.contains("2.7 @10: m_0 {}"))
    _ = untouched.ask(1, .size)
    #expect(state(&bench) != state(&untouched))
  }

  /// One command that fails in the middle is undone as well.
  @Test func commandThatFailsInTheMiddleChangesNothing() {
    var bench = prepared()
    let delete = Operation.delete(
      ["kept", "r'^n_'", "theirs { x: 7 }"], DeleteOptions(deletesAll: true))
    #expect(bench.ask(1, delete) == ["1.8 @4: -MISMATCH"])
    #expect(bench.ask(3, .size) == ["3.9 @4: 4"])
  }

  @Test func errorOfATransactionNamesTheCommand() {
    var engine = Engine()
    var effects: [Effect] = []
    engine.step(.opened(1, Principal()), now: 0, into: &effects)
    let commands = [Command(.observe("_")), Command(.size), Command(.untrigger(7))]
    engine.step(.transaction(1, 1, commands), now: 0, into: &effects)
    guard case .reply(_, _, .error(let failure), _)? = effects.last else {
      Issue.record("no error")
      return
    }
    #expect(failure.message.hasPrefix("command 3 of 3: "))
  }

  /// Watchers see the state before and after the whole, never a state in between.
  @Test func waitSeesOnlyTheStateAfterATransaction() {
    var bench = Bench()
    _ = bench.ask(2, .waitFor("a", .match, timeoutMilliseconds: nil))
    let work: [Operation] = [
      .set("a", SetOptions()), .delete(["a"], DeleteOptions()),
    ]
    #expect(bench.ask(1, work) == ["1.2 @0: [OK, 1]"])
    #expect(bench.ask(1, .set("a", SetOptions())) == ["2.1 @1: a {}", "1.3 @1: OK"])
  }

  @Test func observeInATransactionAnswersTheStateAfterIt() {
    var bench = Bench()
    let work: [Operation] = [.observe("_"), .set("a", SetOptions()), .set("b", SetOptions())]
    #expect(bench.ask(1, work) == ["1.1 @2: [[1, 2, [a {}; b {}]], OK, OK]"])
  }

  @Test func requestAfterTheSessionsEndIsDropped() {
    var bench = Bench()
    _ = bench.step(.ended(2))
    #expect(bench.ask(2, .set("a", SetOptions(isTransient: true))) == [])
    #expect(bench.ask(2, [.set("a", SetOptions(isTransient: true))]) == [])
    #expect(bench.engine.statistics.records == 0)
  }

  @Test func changesAreRefusedAtTheLastRevision() {
    var engine = Engine(after: EngineLimits.revision - 3)
    var effects: [Effect] = []
    engine.step(.opened(1, Principal()), now: 0, into: &effects)
    for request in Int64(1)...3 {
      engine.step(
        .request(1, request, Command(.set("a\(request)", SetOptions(isTransient: true)))), now: 0,
        into: &effects)
    }
    let last = EngineLimits.revision - 1
    #expect(engine.revision == last)
    #expect(effects.last?.line == "1.3 @\(last): -LIMIT")
    engine.step(.ended(1), now: 0, into: &effects)
    #expect(engine.statistics.sessions == 0)
  }
}
