import Generators
import OctopusRecords
import OctopusStore
import Testing

@testable import OctopusEngine

/// Each bound of the engine, at it and one past it.
@Suite struct LimitTests {
  private func bench(records: Int, _ bounds: Bounds = Bounds(watchesPerSession: 4))
    -> Bench
  {
    var bench = Bench(bounds)
    for number in 0..<records {
      bench.set(1, "r\(number) { n: \(number) }")
    }
    return bench
  }

  @Test func readThatTakesMoreThanTheStepBudgetIsRefused() {
    for (budget, isAllowed) in [(100_000, true), (2_000, false)] {
      var bench = bench(records: 40, Bounds(stepBudget: budget))
      let reads: [Operation] = [
        .find("r'r'", Page()), .names("_ { n >= 0 }", Page()), .get("r'none'"), .count("r'r'"),
        .exists(["r'none'"]), .observe("r'r'"),
        .waitFor("r'r'", .gone, timeoutMilliseconds: 0), .patternSubscribe([(source: [1], "r'r'")]),
      ]
      for read in reads {
        let isRefused = bench.ask(2, read).last?.hasSuffix("-LIMIT") ?? false
        #expect(isRefused == !isAllowed, "\(read)")
      }
      // A page that is found in time is never refused, nor what an index answers.
      #expect(bench.ask(2, .find("r'r'", Page(limit: 1))).last?.hasSuffix("[r0 { n: 0 }]") == true)
      #expect(bench.ask(2, .get("_ { n: 7 }")).last?.hasSuffix("r7 { n: 7 }") == true)
      #expect(bench.ask(2, .size).last?.hasSuffix(" 40") == true)
    }
  }

  @Test func readsOfOneStepShareTheBudget() {
    let twenty = 20 * (Work.record + MatchCost.constraint + MatchCost.search(2)) - 1
    var bench = bench(records: 10, Bounds(stepBudget: twenty))
    let scan = Operation.find("r'none'", Page())
    #expect(bench.ask(2, [scan, scan]).last?.hasSuffix(": [[], []]") == true)
    #expect(bench.ask(2, [scan, scan, scan]).last?.hasSuffix(": -LIMIT") == true)
    #expect(bench.ask(2, [scan, scan, .get("r3")]).last?.hasSuffix("-LIMIT") == true)
    for (count, isAllowed) in [(2, true), (3, false)] {
      let queries = Array(repeating: "r'none'" as Query, count: count)
      let sources = queries.enumerated().map { (source: [UInt8($0)], query: $1) }
      for command: Operation in [
        .exists(queries), .delete(queries, DeleteOptions(deletesAll: true)),
        .patternSubscribe(sources),
      ] {
        let answer = bench.ask(2, command).last ?? ""
        #expect(answer.hasSuffix("-LIMIT") == !isAllowed, "\(command)")
      }
    }
    // Each step begins anew.
    for _ in 0..<3 { #expect(bench.ask(2, [scan, scan]).last?.hasSuffix("-LIMIT") == false) }
    // Waiters do not pay for the step that ends their waits.
    for session in Int64(1)...3 {
      _ = bench.ask(session, .waitFor("r'^x' { n: 1 }", .match, timeoutMilliseconds: nil))
    }
    let told = bench.ask(2, [scan, .get("r1"), .set("x { n: 1 }", SetOptions())])
    #expect(told.count { $0.hasSuffix(": x { n: 1 }") } == 3, "\(told)")
  }

  @Test func transactionThatTakesMoreThanTheStepBudgetIsUndone() {
    var bench = bench(records: 0, Bounds(stepBudget: 20_000))
    let sets = (0..<20).map { Operation.set(Write("a\($0) { n: 1 }"), SetOptions()) }
    #expect(bench.ask(1, sets).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.engine.statistics.records == 0)
    #expect(bench.ask(1, Array(sets[..<10])).last?.contains("OK") == true)
    #expect(bench.engine.statistics.records == 10)
  }

  /// No number is given twice, and counters do not pile up.
  @Test func countersWithoutRecordsAreRemovedInTheBackground() {
    var bench = bench(records: 0, Bounds(stepBudget: 100_000, idleCounters: 10))
    func next(_ name: Record) -> String {
      let line = bench.ask(1, .setSequential(name, SetSequentialOptions())).last ?? ""
      return line.split(separator: " ").dropLast().last.map(String.init) ?? line
    }
    func carryOn() { while bench.engine.hasWork { _ = bench.step(.work) } }
    var given: Set<String> = []
    let kept = next("kept_")
    for round in 0..<50 {
      for number in 0..<40 { given.insert(next(Record(stringLiteral: "n\(number)_"))) }
      #expect(given.count == 40 * (round + 1))
      _ = bench.ask(1, .delete(["r'^n'"], DeleteOptions(deletesAll: true)))
      carryOn()
      #expect(bench.engine.statistics.counters <= 30)
    }
    #expect(kept == "kept_0")
    #expect(next("kept_") == "kept_1")
  }

  @Test func sequentialNameSkipsAnyNumberOfNamesThatAreThere() throws {
    var bench = bench(records: 0, Bounds())
    var taken = Set((0..<3_000).filter { $0 != 2_345 }).union(5_000..<5_100)
    for number in taken.sorted() { bench.set(1, Write(stringLiteral: "n_\(number)")) }
    for text in ["n_007", "n_12x", "n_", "n_5000000000000"] {
      bench.set(1, Write(stringLiteral: text))
    }
    for _ in 0..<2_200 {
      let line = bench.ask(1, .setSequential("n_", SetSequentialOptions())).last ?? ""
      let name = line.split(separator: " ").dropLast().last ?? ""
      let number = try #require(Int(name.dropFirst(2)), "\(line)")
      #expect(taken.insert(number).inserted && number < 10_000)
    }
  }

  @Test func triggersAndWaitsPastTheLimitOfASessionAreRefused() {
    var bench = bench(records: 0)
    _ = bench.ask(1, .observe("_"))
    _ = bench.ask(1, .waitFor("a", .match, timeoutMilliseconds: nil))
    let three = ["a", "b", "c"].map { (source: Array($0.utf8), query: Query(stringLiteral: $0)) }
    #expect(bench.ask(1, .patternSubscribe(three)).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.ask(1, .patternSubscribe(Array(three[..<2]))).last?.hasSuffix("-LIMIT") == false)
    #expect(bench.ask(1, .observe("_")).last?.hasSuffix("-LIMIT") == true)
    #expect(
      bench.ask(1, .waitFor("b", .match, timeoutMilliseconds: nil)).last?.hasSuffix("-LIMIT")
        == true)
    // Nobody else's.
    #expect(bench.ask(2, .observe("_")).last?.hasSuffix("-LIMIT") == false)
    #expect(bench.ask(1, .untrigger(1)).last?.hasSuffix(": 1") == true)
    #expect(bench.ask(1, .observe("_")).last?.hasSuffix("-LIMIT") == false)
  }

  /// Many triggers times many changes: whoever would be told too much hears no more, the others
  /// all.
  @Test func sessionWithTooManyEventsInAStepOverflows() {
    var bench = Bench(Bounds(stepEvents: 12))
    for _ in 0..<4 { _ = bench.ask(1, .observe("_")) }
    _ = bench.ask(2, .observe("_"))
    _ = bench.ask(1, .waitFor("_", .count(99), timeoutMilliseconds: nil))
    let sets = ["a", "b", "c"].map { Operation.set(Write($0), SetOptions()) }
    // At the bound, and in several steps, all is well.
    #expect(bench.ask(3, sets).allSatisfy { !$0.hasPrefix("overflow") })
    for set in sets { #expect(bench.ask(3, set).allSatisfy { !$0.hasPrefix("overflow") }) }
    #expect(bench.engine.statistics.triggers == 5)
    let more = ["d", "e", "f"].map { Operation.set(Write($0), SetOptions()) }
    let told = bench.ask(3, sets + more)
    #expect(told.filter { $0.hasPrefix("overflow") } == ["overflow 1"])
    let place = told.firstIndex(of: "overflow 1") ?? 0
    #expect(told[..<place].count { $0.contains("1 trigger") } == 4)
    #expect(told[place...].allSatisfy { !$0.contains("1 trigger") })
    #expect(told.count { $0.contains("2 trigger 5") } == 6)
    #expect(bench.ask(3, sets + more).allSatisfy { !$0.contains("1 trigger") })
    _ = bench.step(.ended(1))
    #expect(bench.engine.statistics.triggers == 1 && bench.engine.statistics.waits == 0)
    #expect(bench.ask(2, .observe("_")).count == 1)
  }

  @Test func transactionWithTooManyMessagesIsRefused() {
    var bench = Bench(Bounds(stepEvents: 6))
    for source in ["_", "_ {}", "r'.'", "n"] {
      let query = Query(stringLiteral: source)
      _ = bench.ask(1, .subscribe([(source: Array(source.utf8), query: query)]))
    }
    // One alone may always be.
    #expect(bench.ask(2, .publish("n")).last?.hasSuffix(": 1") == true)
    #expect(bench.ask(2, [.publish("x"), .publish("y")]).last?.hasSuffix(": [1, 1]") == true)
    #expect(bench.ask(2, [.publish("x"), .publish("n")]).last?.hasSuffix(": -LIMIT") == true)
  }

  // MARK: memory

  /// At the byte: what fits is done, what does not is not, and nothing has changed then.
  @Test func operationsPastTheMemoryLimitAreRefused() {
    let writes: [Operation] = [
      .set("b { n: 2 }", SetOptions()),
      .setSequential("s { n: 1 }", SetSequentialOptions()),
      .update("a { text: 'longer than it was' }", UpdateOptions()),
      .update(
        "a {}", UpdateOptions(added: [.init(attribute: Array("n".utf8), amount: .integer(1_000))])),
      .observe("_"), .subscribe([(source: [1], "_")]), .patternSubscribe([(source: [1], "_")]),
      .waitFor("none", .match, timeoutMilliseconds: nil), .lock(LockRequest([108])),
      .lock(LockRequest([108], isShared: true, body: "x { a: 1, b: 2, n: 3 }")),
    ]
    for write in writes {
      let before = footprint(after: [])
      let needed = footprint(after: [write])
      #expect(needed > before)
      for (limit, isAllowed) in [(needed, true), (needed - 1, false)] {
        var bench = Bench(Bounds(memory: limit))
        bench.set(1, "a { n: 1 }")
        let isRefused = bench.ask(1, write).last?.hasSuffix(": -OOM") ?? false
        #expect(isRefused == !isAllowed, "\(write)")
        #expect(bench.engine.footprint == (isAllowed ? needed : before), "\(write)")
        #expect(bench.engine.statistics.counters == (isAllowed ? counters(write) : 0))
      }
    }
  }

  private func footprint(after operations: [Operation]) -> Int {
    var bench = Bench()
    bench.set(1, "a { n: 1 }")
    for operation in operations { _ = bench.ask(1, operation) }
    return bench.engine.footprint
  }

  private func counters(_ operation: Operation) -> Int {
    switch operation {
    case .setSequential, .lock: 1
    default: 0
    }
  }

  @Test func operationsThatHoldNoMoreGoOnAtTheMemoryLimit() {
    var bench = Bench(Bounds(memory: footprint(after: [.observe("_")])))
    bench.set(1, "a { n: 1 }")
    #expect(bench.ask(1, .observe("_")).last?.hasSuffix("[a { n: 1 }]]") == true)
    for (operation, answer) in [
      (.get("a"), "a { n: 1 }"), (.set("a { n: 7 }", SetOptions()), "OK"),
      (.update("a { n: 8 }", UpdateOptions()), "OK"), (.publish("a"), "0"),
      (.waitFor("a", .match, timeoutMilliseconds: nil), "a { n: 8 }"),
      (.waitFor("b", .match, timeoutMilliseconds: 0), "null"), (.untrigger(1), "1"),
      (.set("b", SetOptions()), "OK"), (.set("c", SetOptions()), "OK"),
      (.set("d", SetOptions()), "OK"), (.set("e", SetOptions()), "OK"),
      (.set("f", SetOptions()), "-OOM"), (.delete(["_"], DeleteOptions(deletesAll: true)), "5"),
      (.set("f", SetOptions()), "OK"),
    ] as [(Operation, String)] {
      #expect(bench.ask(1, operation).last?.hasSuffix(": \(answer)") == true, "\(operation)")
    }
  }

  /// A transaction is judged by what it leaves, and goes as a whole.
  @Test func transactionIsComparedWithTheMemoryLimitAsAWhole() {
    var bench = Bench(Bounds(memory: footprint(after: [])))
    bench.set(1, "a { n: 1 }")
    let set = Operation.set("b { n: 1 }", SetOptions())
    let delete = Operation.delete(["a"], DeleteOptions())
    #expect(bench.ask(2, [set]).last?.hasSuffix(": -OOM") == true)
    #expect(bench.ask(2, [.get("a"), set]).last?.hasSuffix(": -OOM") == true)
    #expect(bench.engine.statistics.records == 1)
    #expect(bench.ask(2, [set, delete]).last?.hasSuffix(": [OK, 1]") == true)
    // A trigger for a record.
    var command = Command(.delete(["b"], DeleteOptions()))
    command.trigger = TriggerRequest(.any)
    #expect(bench.ask(2, command).last?.hasSuffix(": -OOM") == true)
    #expect(bench.engine.statistics.records == 1 && bench.engine.statistics.triggers == 0)
  }

  /// What a session had is given back when it ends.
  @Test func sessionEndGivesMemoryBack() {
    var bench = Bench()
    for operation in [
      .set("a { n: 1 }", SetOptions(isTransient: true)), .observe("r'x' { n: 1 }"),
      .subscribe([(source: [1, 2], "_")]), .patternSubscribe([(source: [1], "_")]),
      .waitFor("none", .match, timeoutMilliseconds: 5), .unsubscribe([[1, 2]]),
      .subscribe([(source: [3], "_ { n: 1, m: 2 }")]),
    ] as [Operation] { _ = bench.ask(1, operation) }
    #expect(bench.engine.footprint > 2_000)
    _ = bench.step(.ended(1))
    #expect(bench.engine.footprint == 0)
  }

  @Test func subscriptionsPastTheLimitOfASessionAreRefused() {
    var bench = bench(records: 0)
    let five = ["a", "b", "c", "d", "e"].map {
      (source: Array($0.utf8), query: Query(stringLiteral: $0))
    }
    #expect(bench.ask(1, .subscribe(five)).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.ask(1, .subscribe(Array(five[..<4]))).last?.hasSuffix("-LIMIT") == false)
    #expect(bench.ask(1, .subscribe(Array(five[4...]))).last?.hasSuffix("-LIMIT") == true)
  }

  @Test(arguments: ["_", "r'^a'", "_ { n: _ }", "_ { n > 3 }", "_ { n: r'x' }", "r'b'"] as [Query])
  func watchersThatMakeTheWritesOfOthersSlowAreRefused(query: Query) {
    let work = Bench().work(of: query)
    func source(_ number: Int) -> QuerySource { (source: Array("\(number)".utf8), query: query) }
    let watches: [(Int) -> Operation] = [
      { _ in .observe(query) }, { .subscribe([source($0)]) }, { .patternSubscribe([source($0)]) },
      { _ in .waitFor(query, .count(5), timeoutMilliseconds: nil) },
    ]
    for watch in watches {
      var bench = Bench(Bounds(watchWork: 3 * work))
      for number in 0..<5 {
        let isRefused = bench.ask(1, watch(number)).last?.hasSuffix("-LIMIT") ?? false
        #expect(isRefused == (number >= 3), "\(watch(number))")
      }
      // Another session has a limit of its own.
      #expect(bench.ask(2, watch(0)).last?.hasSuffix("-LIMIT") != true)
      _ = bench.step(.ended(1))
      _ = bench.step(.ended(2))
      let left = bench.engine.watches.load.work
      #expect(left == 0)
    }
  }

  /// One user's sessions have one account, each session of an administrator has its own.
  @Test func watchersOfAUserCountTogether() {
    let work = Bench().work(of: "_")
    for isAdministrator in [false, true] {
      var bench = Bench(Bounds(watchWork: 3 * work), sessions: 0)
      for session in Int64(1)...5 {
        let principal = Principal(userID: 7, isAdministrator: isAdministrator)
        _ = bench.step(.opened(session, principal))
        let isRefused = bench.ask(session, .observe("_")).last?.hasSuffix("-LIMIT")
        #expect(isRefused == (session > 3 && !isAdministrator))
      }
      for session in Int64(1)...5 { _ = bench.step(.ended(session)) }
      _ = bench.step(.opened(6, Principal(userID: 7)))
      #expect(bench.ask(6, .observe("_")).last?.hasSuffix("-LIMIT") == false)
    }
  }

  /// The text makes the automata of some expressions build a state at each letter.
  @Test func sessionWhoseExpressionsTakeTooLongForATextEndsAndOthersGoOn() throws {
    var bench = Bench()
    for number in 0..<100 {
      _ = bench.ask(1, .observe("_ { t: r'b(a|b|\(number))*a(a|b){9}c' }"))
      _ = bench.ask(2, .observe("_ { t: r'[a-z]+\(number)x$' }"))
    }
    var random = Random.logged()
    let letters = String((0..<8_000).map { _ in "ab".randomElement(using: &random)! })
    let record = try Record(name: "r", attributes: ["t": .string(letters + "7x")])
    let effects = bench.ask(3, .set(Write(record), SetOptions()))
    #expect(effects.contains("overflow 1") && !effects.contains("overflow 2"))
    #expect(effects.count { $0.contains("2 trigger") } == 1)
    // Its expressions are tried no more.
    let again = bench.ask(3, .set(Write(record), SetOptions()))
    #expect(!again.contains("overflow 1") && again.count { $0.contains("2 trigger") } == 1)
    _ = bench.step(.ended(1))
    #expect(bench.engine.statistics.triggers == 100)
  }

  @Test func transactionWhoseWritesManyExpressionsSearchIsRefused() throws {
    var bench = Bench(Bounds(stepBudget: 4_000_000))
    for number in 0..<200 { _ = bench.ask(1, .observe("_ { t: r'[a-z]+\(number)x$' }")) }
    let text = String(repeating: "a", count: 4_000)
    let sets = try (0..<20).map { number in
      let record = try Record(name: "r\(number)", attributes: ["t": .string(text)])
      return Operation.set(Write(record), SetOptions())
    }
    #expect(bench.ask(2, sets).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.ask(2, Array(sets[..<8])).last?.hasSuffix("-LIMIT") == false)
  }

  /// Expressions search long names one by one, as they do long texts.
  @Test func transactionWhoseLongNamesManyExpressionsSearchIsRefused() throws {
    var bench = Bench(Bounds(stepBudget: 4_000_000))
    for number in 0..<200 { _ = bench.ask(1, .observe("r'[a-z_]+\(number)x$'")) }
    func sets(_ letters: Int) throws -> [Operation] {
      try (0..<40).map { number in
        let name = String(repeating: "a", count: letters) + "\(number)"
        return .set(Write(try Record(name: name, attributes: [:])), SetOptions())
      }
    }
    #expect(bench.ask(2, try sets(900)).last?.hasSuffix("-LIMIT") == true)
    #expect(bench.ask(2, try sets(20)).last?.hasSuffix("-LIMIT") == false)
  }

  /// A record has one name and one value of an attribute, so only the most for one of these count.
  @Test func watchersForOneNameOrValueOverTheLimitAreRefused() {
    let work = Bench().work(of: "a")
    var bench = Bench(Bounds(watchWork: 5 * work))
    func isRefused(_ session: SessionID, _ query: Query, _ number: Int = 0) -> [Bool] {
      let source = (source: Array("\(query) \(number)".utf8), query: query)
      return [Operation.observe(query), .subscribe([source])].map {
        bench.ask(session, $0).last?.hasSuffix("-LIMIT") ?? true
      }
    }
    for number in 0..<4 {
      #expect(isRefused(1, "a", number) == [false, false])
    }
    // As many for other names, and one for an attribute.
    for number in 0..<20 {
      #expect(isRefused(1, Query(stringLiteral: "b\(number)")) == [false, false])
    }
    for number in 0..<20 {
      let query = Query(stringLiteral: "_ { n: \(number) }")
      #expect(isRefused(1, query) == [false, false])
    }
    for query: Query in ["a", "_ { n: 1 }", "_ { m: 1 }"] {
      #expect(isRefused(1, query, 9) == [true, true], "\(query)")
      #expect(isRefused(2, query) == [false, false])
    }
    _ = bench.step(.ended(1))
    for number in 0..<5 { #expect(isRefused(3, "a", number) == [false, false]) }
    #expect(isRefused(3, "a", 5) == [true, true])
  }

  /// One message that very many hear of leaves no memory behind.
  @Test func matchesOfAMessageWithManySubscribersAreNotKept() {
    for (count, isKept) in [(16, true), (20_000, false)] {
      var bench = Bench(Bounds(watchesPerSession: count, watchWork: .max))
      let subscriptions = (0..<count).map { (source: Array("\($0)".utf8), query: "_" as Query) }
      _ = bench.ask(1, .subscribe(subscriptions))
      #expect(bench.ask(2, .publish("message { n: 1 }")).count > 1)
      #expect((bench.engine.subscriptions.matches.capacity > 0) == isKept)
    }
  }
}
