import OctopusRecords
import Testing

@testable import OctopusEngine

/// A hidden record shows up nowhere: session 2 may not see what begins with `secret`, session 1 may.
@Suite struct VisibilityTests {
  private static let hook: Engine.Visibility = { principal, name in
    principal.userID != 2 || !name.starts(with: "secret".utf8)
  }

  private func bench() -> Bench {
    var bench = Bench(visible: Self.hook)
    bench.set(1, "open.1 { a: 1 }")
    bench.set(1, "secret.1 { a: 1 }")
    bench.set(1, "secret.2 { a: 2 }")
    return bench
  }

  @Test func noReadShowsIt() {
    var bench = bench()
    let questions: [(Operation, String, String)] = [
      (.get("r'^s'"), "null", "secret.1 { a: 1 }"),
      (.get("secret.1"), "null", "secret.1 { a: 1 }"),
      (.get("_ { a: 2 }"), "null", "secret.2 { a: 2 }"),
      (.get("r'et'"), "null", "secret.1 { a: 1 }"),
      (
        .names("_", Page()), "names of [open.1 { a: 1 }]",
        "names of [open.1 { a: 1 }; secret.1 { a: 1 }; secret.2 { a: 2 }]"
      ),
      (.find("_ { a: 1 }", Page()), "[open.1 { a: 1 }]", "[open.1 { a: 1 }; secret.1 { a: 1 }]"),
      (
        .find("_ { a: _ }", Page(limit: 2)), "[open.1 { a: 1 }]",
        "[open.1 { a: 1 }; secret.1 { a: 1 }]"
      ),
      (.count("_"), "1", "3"), (.count("_ { a: 1 }"), "1", "2"), (.count("secret.1"), "0", "1"),
      (.count("_ { a > 0 }"), "1", "3"), (.size, "1", "3"),
      (.exists(["_ { a: 2 }", "secret.1", "open.1"]), "1", "3"),
      (.waitFor("secret.1", .match, timeoutMilliseconds: 0), "null", "secret.1 { a: 1 }"),
      (.waitFor("secret.1", .gone, timeoutMilliseconds: 0), "OK", "null"),
      (.waitFor("_", .count(2), timeoutMilliseconds: 0), "null", "OK"),
      (.delete(["r'^secret'"], all: true, ifRevision: nil), "0", "2"),
      (.delete(["secret.1"], all: false, ifRevision: nil), "0", "0"),
      (.update("secret.2 { b: 1 }", UpdateOptions(returnsRecord: true)), "-MISMATCH", "-MISMATCH"),
    ]
    for (question, hidden, shown) in questions {
      #expect(answer(bench.ask(2, question)) == hidden, "\(question)")
      #expect(answer(bench.ask(1, question)) == shown, "\(question)")
    }
  }

  @Test func noPlanCountsIt() {
    for query: Query in ["_", "_ { a: 1 }", "_ { a >= 1 }", "r'.'", "secret.1", "r'^secret'"] {
      var bare = Bench()
      bare.set(1, "open.1 { a: 1 }")
      let plan = figures(bare.ask(2, .explain(query)))
      var bench = bench()
      #expect(figures(bench.ask(2, .explain(query))) == plan, "\(query)")
    }
  }

  @Test func nobodyHearsOfIt() {
    var bench = bench()
    let source = Array("_".utf8)
    for session: SessionID in [1, 2] {
      _ = bench.ask(session, .observe("_"))
      _ = bench.ask(session, .patternSubscribe([(source: source, query: "_" as Query)]))
      _ = bench.ask(session, .subscribe([(source: source, query: "_" as Query)]))
      _ = bench.ask(session, Command(.get("secret.3"), trigger: TriggerRequest(.any)))
      _ = bench.ask(session, .waitFor("secret.3", .match, timeoutMilliseconds: 99))
    }
    var lines = bench.ask(3, .set("secret.3 { a: 3 }", SetOptions(isTransient: true)))
    lines += bench.ask(3, .update("secret.3 { a: 4 }", UpdateOptions()))
    lines += bench.ask(3, .publish("secret.news"))
    lines += bench.step(.ended(3))
    lines += bench.ask(1, .delete(["r'secret'"], all: true, ifRevision: nil))
    #expect(
      lines.contains { $0.contains("1 trigger") } && lines.contains { $0.contains("1 \"_\"") })
    for line in lines {
      #expect(!line.contains("2 trigger") && !line.contains("2 pattern"), "\(line)")
      #expect(!line.contains("2 \"_\"") && !line.hasPrefix("2."), "\(line)")
    }
    #expect(lines.contains { $0.hasPrefix("3.") && $0.hasSuffix(": 1") }, "publish reaches one")
    bench.now = 99
    #expect(bench.step(.tick).count == 1, "only the guest still waits")
  }

  @Test func aTransactionShowsItNoMore() {
    var bench = bench()
    let lines = bench.ask(
      2, [.find("_", Page()), .set("mine", SetOptions()), .observe("_ { a: _ }")])
    #expect(answer(lines) == "[[open.1 { a: 1 }], OK, [1, 4, [open.1 { a: 1 }]]]")
  }

  private func answer(_ lines: [String]) -> String {
    String(lines.last?.split(separator: ": ", maxSplits: 1).last ?? "-")
  }

  /// What a plan says, without the index, which is the store's choice.
  private func figures(_ lines: [String]) -> [Substring] {
    lines.last?.split(separator: ", ").filter { !$0.hasPrefix("index") && !$0.contains("query") }
      ?? []
  }
}
