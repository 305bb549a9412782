import OctopusRecords
import RESP
import Testing

@testable import SoakSupport

/// The checker accepts what a server may do that is killed and started again, written by hand, and
/// detects what it may not.
@Suite struct LivesCheckerTests {
  private typealias Notation = CheckerTests

  /// Two lives of a server. In the first the writer's last request is not answered.
  private struct History {
    /// Revision and text.
    typealias Records = [(Int64, String)]

    var observed: Records = [
      (1, "a { by: w, n: 1 }"), (2, "t { by: w, life: transient }"), (3, "b { by: w, n: 3 }"),
    ]
    /// What the disk has beyond that.
    var unobserved: Records = [
      (4, "c { by: w, n: 4 }"), (5, "s_0 { by: w }"), (6, "a { by: w, n: 6 }"),
    ]
    var writer: [Entry] =
      [.opened("w")]
      + Notation.exchange("SET | a { by: w, n: 1 } | REV", Notation.done(1), at: 10)
      + Notation.exchange("SET | t { by: w, life: transient } | REV", Notation.done(2), at: 12)
      + Notation.exchange("MULTI", .simpleString("OK"), at: 14)
      + Notation.exchange("SET | b { by: w, n: 3 } | REV", .simpleString("QUEUED"), at: 16)
      + Notation.exchange("SET | c { by: w, n: 4 } | REV", .simpleString("QUEUED"), at: 18)
      + Notation.exchange("EXEC", .array([Notation.done(3), Notation.done(4)]), at: 20)
      + Notation.exchange("SETSEQ | s_ { by: w } | REV", Notation.done(5, .bulk("s_0")), at: 22)
      + [.asked(["SET", "a { by: w, n: 6 }", "REV"], at: 24), .lost]

    /// All that the disk has, if it is something else.
    var disk: Records?

    /// What the second life begins with.
    var restored: Records = [
      (6, "a { by: w, n: 6 }"), (3, "b { by: w, n: 3 }"), (4, "c { by: w, n: 4 }"),
      (5, "s_0 { by: w }"),
    ]
    var start: Int64 = 1_001
    /// The writer's requests in the second life, and what they do.
    var later: [(asked: String, answer: RESPValue?, event: (kind: String, text: String))] = [
      ("SETSEQ | s_ { by: x } | REV", .bulk("s_1"), ("set", "s_1 { by: x }"))
    ]

    var violations: [String] {
      let disk = (self.disk ?? observed + unobserved).map { revision, text in
        // try!: the texts are correct.
        DiskImage.Change(revision: revision, record: try! Record(parsing: text))
      }
      let lives = [
        Life(
          began: 0, first: 1, observer: observer(observed, from: 0, []),
          end: .killed(DiskImage(changes: disk, end: disk.last?.revision ?? 0))),
        Life(began: 100, first: start + 1, observer: secondObserver),
      ]
      return LivesChecker(lives, clients: [writer, secondWriter]).violations
    }

    private func observer(
      _ changes: Records, from start: Int64, _ restored: Records
    ) -> [Entry] {
      let texts = RESPValue.array(restored.map { .bulk($0.1) })
      return [.opened("observer")]
        + Notation.exchange("OBSERVE | _", .array([.integer(1), .integer(start), texts]), at: 1)
        + restored.flatMap {
          Notation.exchange("GET | x | REV", Notation.done($0, .bulk($1)), at: 2)
        }
        + changes.map { Notation.event(1, "set", $0, $1) }
    }

    private var secondObserver: [Entry] {
      var entries = observer([], from: start, restored)
      for (index, one) in later.enumerated() {
        let name = one.event.text.prefix { $0 != " " }
        let before = restored.last { one.event.kind == "del" && $0.1.hasPrefix(name) }?.0 ?? 0
        entries.append(
          Notation.event(
            1, one.event.kind, start + Int64(index) + 1, one.event.text, was: before))
      }
      return entries
    }

    private var secondWriter: [Entry] {
      var entries: [Entry] = [.opened("x")]
      for (index, one) in later.enumerated() {
        let revision = start + Int64(index) + 1
        entries += Notation.exchange(
          one.asked, Notation.done(revision, one.answer ?? .simpleString("OK")),
          at: 110 + 2 * Int64(index))
      }
      return entries
    }
  }

  @Test func correctLivesAreAccepted() { #expect(History().violations == []) }

  @Test func unacknowledgedChangeMayBeLost() {
    var history = History()
    history.unobserved.removeLast()
    history.restored[0] = (1, "a { by: w, n: 1 }")
    #expect(history.violations == [])
  }

  @Test func acknowledgedChangeThatTheDiskHasNotIsDetected() {
    var history = History()
    history.unobserved.removeLast(2)
    history.restored[0] = (1, "a { by: w, n: 1 }")
    history.restored.removeLast()
    #expect(history.violations.count == 1)
    #expect(history.violations.first?.hasSuffix("is lost") == true)
  }

  @Test func observedChangeThatTheDiskHasNotIsDetected() {
    var history = History()
    history.disk = Array(history.observed.dropLast())
    #expect(history.violations.contains("life 0: @3 was observed, and the disk ends at @2"))
  }

  @Test func changeThatTheDiskHasOtherwiseIsDetected() {
    var history = History()
    history.disk = [(1, "a { by: w, n: 2 }")] + history.observed.dropFirst() + history.unobserved
    #expect(
      history.violations == ["life 0: @1: the disk has another change: a { by: w, n: 2 }"])
  }

  @Test func changeThatTheDiskHasAndTheStartHasNotIsDetected() {
    for place in History().restored.indices {
      var history = History()
      let lost = history.restored.remove(at: place)
      #expect(history.violations == ["life 1: @\(lost.0) is lost: \(lost.1)"])
    }
  }

  @Test func otherStateAfterAStartIsDetected() {
    var history = History()
    history.restored[1] = (3, "b { by: w, n: 2 }")
    #expect(history.violations.count == 1)
    history.restored[1] = (2, "b { by: w, n: 3 }")
    #expect(history.violations.count == 1)
    history = History()
    history.restored.append((2, "z { by: w }"))
    #expect(history.violations == ["life 1: it was not there before the start: z { by: w }"])
  }

  @Test func survivingTransientRecordIsDetected() {
    var history = History()
    history.restored.append((2, "t { by: w, life: transient }"))
    #expect(
      history.violations == ["life 1: it has outlived its session: t { by: w, life: transient }"])
  }

  /// The last request is a transaction, of which the disk has one record, both, or none.
  @Test(arguments: [0, 1, 2]) func halfATransactionIsDetected(count: Int) {
    var history = History()
    history.writer.removeLast(2)
    history.writer +=
      Notation.exchange("MULTI", .simpleString("OK"), at: 24)
      + Notation.exchange("SET | d { by: w, n: 6 } | REV", .simpleString("QUEUED"), at: 26)
      + Notation.exchange("SET | e { by: w, n: 7 } | REV", .simpleString("QUEUED"), at: 28)
      + [.asked(["EXEC"], at: 30), .lost]
    let made: History.Records = [(6, "d { by: w, n: 6 }"), (7, "e { by: w, n: 7 }")]
    history.unobserved.removeLast()
    history.unobserved += made.prefix(count)
    history.restored[0] = (1, "a { by: w, n: 1 }")
    history.restored += made.prefix(count)
    let half =
      "life 0: w: half a transaction: [\"d { by: w, n: 6 }\"] of "
      + "[\"d { by: w, n: 6 }\", \"e { by: w, n: 7 }\"]"
    #expect(history.violations == (count == 1 ? [half] : []))
  }

  @Test func requestThatIsCarriedOutTwiceIsDetected() {
    var history = History()
    history.unobserved.append((7, "a { by: w, n: 6 }"))
    history.restored[0].0 = 7
    #expect(history.violations.count == 1)
    #expect(history.violations.first?.contains("carried out 2 times") == true)
  }

  @Test func changeThatNobodyAskedForIsDetected() {
    var history = History()
    history.unobserved[2] = (6, "a { by: w, n: 9 }")
    history.restored[0] = (6, "a { by: w, n: 9 }")
    #expect(history.violations == ["life 0: nobody asked for @6: a { by: w, n: 9 }"])
  }

  @Test func revisionThatIsUsedTwiceIsDetected() {
    var history = History()
    history.start = 6
    #expect(history.violations == [])
    history.start = 5
    #expect(history.violations == ["life 1: revisions begin at 6, and @6 was seen before"])
  }

  @Test func numberThatComesAgainIsDetected() {
    var history = History()
    history.later = [
      ("DEL | s_0 | REV", .integer(1), ("del", "s_0 { by: w }")),
      ("SETSEQ | s_ { by: x } | REV", .bulk("s_0"), ("set", "s_0 { by: x }")),
    ]
    #expect(!history.violations.isEmpty)
    #expect(history.violations.allSatisfy { $0 == "life 1: s_0 comes again after a start" })
  }
}
