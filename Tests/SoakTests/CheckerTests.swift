import RESP
import SoakSupport
import Testing

/// The checker accepts a correct history, written by hand, and detects every way to damage it.
@Suite struct CheckerTests {
  /// The journals of an observer, a writer, and a reader with watches and subscriptions.
  private struct History {
    var observer: [Entry] = []
    var writer: [Entry] = []
    var reader: [Entry] = []

    var violations: [String] {
      Checker(observer: observer, clients: [writer, reader]).violations
    }
  }

  // MARK: Notation

  static func text(_ texts: String...) -> RESPValue { .array(texts.map { .bulk($0) }) }

  static func event(
    _ id: Int64, _ kind: String, _ revision: Int64, _ text: String?, was previous: Int64 = 0
  ) -> Entry {
    push(
      .bulk("trigger"), .integer(id), .bulk(kind), .integer(revision),
      text.map { .bulk($0) } ?? .null, .integer(previous))
  }

  static func push(_ parts: RESPValue...) -> Entry { .heard(.push(parts), at: 0) }

  private static func pattern(_ kind: String, _ text: String) -> Entry {
    push(.bulk("pmessage"), .bulk("_ { n > 1 }"), .bulk(kind), .bulk(text))
  }

  private static func message(_ number: Int) -> Entry {
    push(.bulk("message"), .bulk("_"), .bulk("note { by: writer, n: \(number) }"))
  }

  /// A request and its answer, a microsecond later.
  static func exchange(_ line: String, _ answer: RESPValue, at time: Int64) -> [Entry] {
    let words = line.split(separator: "|").map {
      $0.drop { $0 == " " }.description.trimmingSuffix()
    }
    return [.asked(words, at: time), .heard(answer, at: time + 1)]
  }

  static func done(_ revision: Int64, _ reply: RESPValue = .simpleString("OK")) -> RESPValue {
    .array([reply, .integer(revision)])
  }

  // MARK: The history

  private static let good: History = {
    var history = History()
    let (one, two) = ("a { by: writer, n: 1 }", "a { by: writer, n: 2 }")
    let other = "b { by: writer, life: transient, n: 5 }"
    history.observer =
      [.opened("observer")]
      + exchange("OBSERVE | _", .array([.integer(1), .integer(0), .array([])]), at: 0)
      + [
        event(1, "set", 1, one), event(1, "set", 2, two, was: 1), event(1, "set", 3, other),
        event(1, "set", 4, "c { by: writer }"), event(1, "set", 5, "d { by: writer }"),
        event(1, "del", 6, two, was: 2), event(1, "set", 7, "s0 { by: writer }"),
        event(1, "del", 8, other, was: 3),
      ]
    history.writer =
      [.opened("writer")]
      + exchange("SET | \(one) | REV", done(1), at: 10)
      + exchange("PUBLISH | note { by: writer, n: 1 }", .integer(0), at: 12)
      + exchange("UPDATE | a | ADD | n | 1 | RETURN | REV", done(2, .bulk(two)), at: 30)
      + exchange("SET | \(other) | TRANSIENT | REV", done(3), at: 32)
      + exchange("PUBLISH | note { by: writer, n: 2 }", .integer(1), at: 34)
      + exchange("MULTI", .simpleString("OK"), at: 36)
      + exchange("SET | c { by: writer } | REV", .simpleString("QUEUED"), at: 38)
      + exchange("SET | d { by: writer } | REV", .simpleString("QUEUED"), at: 40)
      + exchange("FIND | c | REV", .simpleString("QUEUED"), at: 42)
      + exchange(
        "EXEC", .array([done(4), done(5), done(5, text("c { by: writer }"))]), at: 44)
      + exchange("PUBLISH | note { by: writer, n: 3 }", .integer(1), at: 46)
      + exchange("DEL | a | REV", done(6, .integer(1)), at: 50)
      + exchange("SETSEQ | s { by: writer } | REV", done(7, .bulk("s0")), at: 52)
    history.reader =
      [.opened("reader")]
      + exchange("OBSERVE | a", .array([.integer(2), .integer(1), text(one)]), at: 20)
      + exchange(
        "FIND | a | TRIGGER | DEL | REV",
        .array([text(one), .integer(3), .integer(1)]), at: 22)
      + [
        .asked(["PSUBSCRIBE", "_ { n > 1 }"], at: 24),
        push(.bulk("psubscribe"), .bulk("_ { n > 1 }"), .integer(1)), pattern("synced", "1"),
        .asked(["SUBSCRIBE", "_"], at: 26),
        .heard(.push([.bulk("subscribe"), .bulk("_"), .integer(2)]), at: 27),
        event(2, "set", 2, two, was: 1), pattern("set", two), pattern("set", other), message(2),
      ]
      + exchange("NAMES | _ | REV", done(5, text("a", "b", "c", "d")), at: 45)
      + [
        message(3), event(2, "del", 6, two, was: 2), event(3, "del removed", 6, two, was: 2),
        pattern("del", two),
      ]
      + exchange("EXISTS | a | s0 | REV", done(7, .integer(1)), at: 60)
      + [event(2, "removed", 7, nil)]
      + exchange("UNTRIGGER | 2", .integer(1), at: 62)
      + [pattern("del", other)]
      + exchange(
        "FIND | _ | LIMIT | 2 | REV", done(8, text("c { by: writer }", "d { by: writer }")), at: 64)
    return history
  }()

  @Test func correctHistoryIsAccepted() {
    #expect(Self.good.violations == [])
    let counts = Checker(
      observer: Self.good.observer, clients: [Self.good.writer, Self.good.reader]
    ).counts
    #expect(counts.changes == 8 && counts.events == 7 && counts.writes == 7)
    #expect(counts.reads == 7 && counts.transactions == 1 && counts.messages == 2)
  }

  /// Each thing that anybody heard, left out.
  @Test func lostEventIsDetected() {
    for place in Self.good.reader.indices {
      guard case .heard(.push, _) = Self.good.reader[place] else { continue }
      var history = Self.good
      let lost = history.reader.remove(at: place)
      #expect(!history.violations.isEmpty, "\(lost)")
    }
    for place in Self.good.observer.indices.dropLast() {
      guard case .heard(.push, _) = Self.good.observer[place] else { continue }
      var history = Self.good
      let lost = history.observer.remove(at: place)
      #expect(!history.violations.isEmpty, "\(lost)")
    }
  }

  /// Each, twice.
  @Test func doubledEventIsDetected() {
    for place in Self.good.reader.indices {
      guard case .heard = Self.good.reader[place] else { continue }
      var history = Self.good
      history.reader.insert(history.reader[place], at: place)
      #expect(!history.violations.isEmpty, "\(history.reader[place])")
    }
  }

  /// Each push after, instead of before, what came next: the next event, message or answer.
  @Test func reorderedEventIsDetected() {
    for place in Self.good.reader.indices.dropLast() {
      guard case .heard(.push(let parts), _) = Self.good.reader[place],
        parts[0].text?.hasSuffix("subscribe") == false
      else { continue }
      let kind = parts[0].text
      // Behind the next of its kind, or the answer that reflects it.
      let next = Self.good.reader[(place + 1)...].firstIndex { entry in
        guard case .heard(let value, _) = entry else { return false }
        guard case .push(let others) = value else { return true }
        return others[0].text == kind && others[1] == parts[1]
      }
      guard let next else { continue }
      var history = Self.good
      history.reader.insert(history.reader.remove(at: place), at: next)
      #expect(!history.violations.isEmpty, "\(Self.good.reader[place])")
    }
  }

  /// Answers and events that say something else than what was.
  @Test(arguments: [
    ("a stale read", "a", "x"), ("another record", "n: 2", "n: 3"), ("another kind", "del", "out"),
  ])
  func changedEventIsDetected(what: String, old: String, new: String) {
    for place in Self.good.reader.indices {
      guard case .heard(let value, let time) = Self.good.reader[place] else { continue }
      let changed = value.replacing(old, by: new)
      guard changed != value else { continue }
      var history = Self.good
      history.reader[place] = .heard(changed, at: time)
      #expect(!history.violations.isEmpty, "\(what): \(changed)")
    }
  }

  @Test func wrongRevisionIsDetected() {
    for place in Self.good.reader.indices {
      guard case .heard(let value, let time) = Self.good.reader[place],
        case .array(var parts) = value, parts.count == 2, let revision = parts[1].integer
      else { continue }
      for other in [revision - 1, revision + 1] {
        parts[1] = .integer(other)
        var history = Self.good
        history.reader[place] = .heard(.array(parts), at: time)
        #expect(!history.violations.isEmpty, "\(other) for \(value)")
      }
    }
  }

  @Test func lostWriteIsDetected() {
    var history = Self.good
    history.writer += Self.exchange("SET | e { by: writer } | REV", Self.done(8), at: 70)
    #expect(!history.violations.isEmpty)
    history = Self.good
    history.writer += Self.exchange(
      "UPDATE | a | ADD | n | 5 | RETURN | REV", Self.done(2, .bulk("a { by: writer, n: 2 }")),
      at: 70)
    #expect(!history.violations.isEmpty)
  }

  @Test func unrequestedChangeIsDetected() {
    var history = Self.good
    history.writer.removeLast(2)
    #expect(history.violations == ["nobody asked for @7: s0 { by: writer }"])
    // Unless its answer was lost with the connection.
    history.writer += [.asked(["SETSEQ", "s { by: writer }", "REV"], at: 52), .lost]
    #expect(history.violations == [])
  }

  @Test func earlyDeletionOfATransientRecordIsDetected() {
    var history = Self.good
    history.writer += Self.exchange("EXISTS | c | REV", Self.done(8, .integer(1)), at: 70)
    #expect(history.violations.count == 1)
  }

  @Test func readInsideATransactionIsDetected() {
    var history = Self.good
    let place = history.reader.firstIndex(of: .asked(["NAMES", "_", "REV"], at: 45))! + 1
    history.reader[place] = .heard(Self.done(4, Self.text("a", "b", "c")), at: 46)
    #expect(history.violations == ["a read of @4, within another's transaction"])
  }

  /// A transaction that writes a record twice, and one that comes and goes, is one change for the
  /// others.
  @Test func transactionWithOneChangePerRecordIsAccepted() {
    #expect(Self.with(transaction: "c { by: writer }").violations == [])
  }

  @Test func intermediateStateOfATransactionIsDetected() {
    #expect(Self.with(transaction: "c { by: writer, n: 8 }").violations.count == 1)
  }

  /// What comes and goes in a transaction is told with the revision before it.
  @Test func transactionThatDeletesByPatternWhatItHasSetIsAccepted() {
    #expect(
      Self.with(transaction: "c { by: writer }", deleting: "r'^x' | ALL", at: 3).violations == [])
  }

  @Test func undeletedRecordOfATransactionIsDetected() {
    let other = Self.with(transaction: "c { by: writer }", gone: "d")
    #expect(other.violations.contains { $0.contains("is lost in a transaction") })
  }

  /// The good history, in whose transaction `c` is written twice, with `text` at first.
  private static func with(
    transaction text: String, gone: String = "x", deleting: String? = nil, at revision: Int64 = 4
  ) -> History {
    var history = good
    let place = history.writer.firstIndex(of: .asked(["MULTI"], at: 36))!  // It has one.
    history.writer.replaceSubrange(
      place..<(place + 10),
      with: exchange("MULTI", .simpleString("OK"), at: 36)
        + exchange("SET | c { by: writer, n: 7 } | REV", .simpleString("QUEUED"), at: 37)
        + exchange("SET | \(text) | REV", .simpleString("QUEUED"), at: 38)
        + exchange("SET | \(gone) { by: writer } | REV", .simpleString("QUEUED"), at: 39)
        + exchange("DEL | \(deleting ?? gone) | REV", .simpleString("QUEUED"), at: 40)
        + exchange("SET | d { by: writer } | REV", .simpleString("QUEUED"), at: 41)
        + exchange("FIND | c | REV", .simpleString("QUEUED"), at: 42)
        + exchange(
          "EXEC",
          .array([
            done(4), done(4), done(4), done(revision, .integer(1)), done(5),
            done(5, self.text("c { by: writer }")),
          ]), at: 44))
    return history
  }

  /// At the revision of the second grant, the first holder's member is there still, or not.
  @Test(arguments: [false, true]) func twoHoldersOfALockAreDetected(isReleased: Bool) {
    var history = History()
    let (one, two) = ("l_0 { by: one, lock: 'l' }", "l_1 { by: two, lock: 'l' }")
    history.observer =
      [.opened("observer")]
      + Self.exchange("OBSERVE | _", .array([.integer(1), .integer(0), .array([])]), at: 0)
      + [Self.event(1, "set", 1, one), Self.event(1, "set", 2, two)]
      + (isReleased ? [Self.event(1, "del", 3, one, was: 1)] : [])
    func locked(_ token: Int64, _ member: String) -> RESPValue {
      .array([.integer(token), .bulk(member)])
    }
    history.writer = [.opened("one")] + Self.exchange("LOCK | l", locked(1, "l_0"), at: 2)
    if isReleased { history.writer += Self.exchange("UNLOCK | l", .integer(1), at: 5) }
    history.reader =
      [.opened("two")] + Self.exchange("LOCK | l", locked(2, "l_1"), at: 6)
      + Self.exchange("EXISTS | a | REV", Self.done(isReleased ? 3 : 2, .integer(0)), at: 8)
    #expect(history.violations.isEmpty == isReleased, "\(history.violations)")
  }

  @Test func journalIsReadAsWritten() throws {
    let journal = Self.good.reader + [.lost, .heard(.error("OOM"), at: 9), .heard(.null, at: 7)]
    let bytes = journal.flatMap(Journal.encode)
    #expect(try Journal.decode(bytes) == journal)
    // One that ends anywhere is read as far as it is whole.
    for count in bytes.indices {
      #expect(journal.starts(with: try Journal.decode(Array(bytes[..<count]))))
    }
  }
}

extension String {
  fileprivate func trimmingSuffix() -> String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

extension RESPValue {
  /// With another text in all its strings.
  fileprivate func replacing(_ old: String, by new: String) -> RESPValue {
    switch self {
    case .bulk(let bytes):
      .bulk(String(decoding: bytes, as: UTF8.self).replacing(old, with: new))
    case .array(let values): .array(values.map { $0.replacing(old, by: new) })
    case .push(let values):
      .push(values.enumerated().map { $0 < 2 ? $1 : $1.replacing(old, by: new) })
    default: self
    }
  }
}
