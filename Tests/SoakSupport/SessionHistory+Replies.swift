// Reads replies: which revision each reflects, and what it claims.
import OctopusRecords
import RESP

extension SessionHistory {
  mutating func answer(_ reply: RESPValue, _ now: Int64) {
    guard let (words, time) = asked, acknowledgements == 0 else {
      return complain("an answer to nothing: \(reply)")
    }
    asked = nil
    // What the connection answers by itself says nothing of what the engine has done.
    if queued == nil || words[0] == "EXEC", !Self.answeredByTheConnection.contains(words[0]) {
      for index in subscribed.values { subscriptions[index].until = time }
    }
    switch words[0] {
    case "MULTI": queued = []
    case "DISCARD": queued = nil
    case "EXEC": execute(reply, time...now)
    case _ where queued != nil:
      if reply.text == "QUEUED" { queued?.append(words) } else { complain("not queued: \(words)") }
    default:
      let before = lastRevision
      take(words, reply, time...now)
      if let revision = Self.stateRevision(words, reply) { reach(revision, since: before) }
    }
  }

  private static let answeredByTheConnection: Set = ["HELLO", "MULTI", "PING", "QUIT"]

  mutating func execute(_ reply: RESPValue, _ time: ClosedRange<Int64>) {
    let commands = queued ?? []
    queued = nil
    guard let replies = reply.elements else {
      if reply.failure?.code != "MISMATCH" { complain("EXEC answered \(reply)") }
      return
    }
    guard replies.count == commands.count else { return complain("EXEC lost replies") }
    let before = lastRevision
    let revisions = zip(commands, replies).compactMap(Self.stateRevision)
    let end = revisions.max()
    let writes = written.count
    let lastWrite = commands.lastIndex { ["SET", "SETSEQ", "UPDATE", "DEL"].contains($0[0]) } ?? -1
    for (place, (words, reply)) in zip(commands, replies).enumerated() {
      let (readCount, foundCount) = (reads.count, found.count)
      take(words, reply, time, transactionEnd: end)
      // A read between writes saw a state that nobody else may see. OBSERVE reflects the end.
      if place < lastWrite, words[0] != "OBSERVE" {
        reads.removeSubrange(readCount...)
        found.removeSubrange(foundCount...)
      }
    }
    if let end, written.count > writes {
      transactions.append(Transaction(writes: Array(written[writes...]), end: end))
      written.removeSubrange(writes...)
    }
    if let end { reach(end, since: before) }
  }

  /// A reply reflects a revision: every event up to it has come.
  mutating func reach(_ revision: Int64, since before: Int64) {
    if revision < before { complain("a reply of @\(revision) after one of @\(before)") }
    if revision < lastEvent { complain("a reply of @\(revision) after an event of @\(lastEvent)") }
    lastRevision = max(lastRevision, revision)
    if let held, let query = try? Query(parsing: "_ { lock: '\(held.lock)' }") {
      // It is the first of the lock's members: nobody else has the lock.
      reads.append(
        Read(
          revision: revision, query: query, limit: 1, answer: .names([held.member]),
          isInTransaction: false))
    }
    for index in Array(triggers.values) + Array(patterns.values) {
      guard let start = watches[index].start, start <= revision, !watches[index].isOver else {
        continue
      }
      watches[index].reached.append((revision, watches[index].seen.count))
    }
  }

  /// The store's revision that a reply reflects; nil where it says none.
  static func stateRevision(_ words: [String], _ reply: RESPValue) -> Int64? {
    if words[0] == "OBSERVE" {
      return reply.elements.flatMap { $0.count == 3 ? $0[1].integer : nil }
    }
    guard words.contains("REV"), let parts = reply.elements, let inner = parts.first,
      let revision = parts.last?.integer
    else { return nil }
    switch words[0] {
    case "FIND", "NAMES", "EXISTS": return revision
    case "SET", "SETSEQ", "UPDATE", "DEL":
      return inner.failure != nil || inner.isNull ? nil : revision
    default: return nil
    }
  }

  // MARK: What a reply claims

  mutating func take(
    _ words: [String], _ reply: RESPValue, _ time: ClosedRange<Int64>, transactionEnd: Int64? = nil
  ) {
    if words[0] == "UNTRIGGER", let id = Int64(words[1]), let index = triggers[id],
      !watches[index].isOver
    {
      complain("trigger \(id) has not said that it is removed")
    }
    if let failure = reply.failure {
      // Conditions may fail, and triggers end; all else is a mistake.
      let isExpected = ["MISMATCH", "NOTRIGGER"].contains(failure.code)
      return isExpected ? () : complain("\(words) answered \(failure)")
    }
    guard words.count > 1, let query = try? Query(parsing: words[1]) else {
      return publish(words, reply, time)
    }
    switch words[0] {
    case "OBSERVE": observe(query, reply, transactionEnd)
    case "WAITFOR": wait(words, query, reply)
    case "LOCK": lock(words[1], reply)
    case "UNLOCK":
      if reply.integer != 1 { complain("it had lost \(words[1])") }
      if let held { released.insert(held.member) }
      held = nil
    default:
      guard words.contains("REV"), let parts = reply.elements, let revision = parts.last?.integer
      else { return publish(words, reply, time) }
      claim(words, query, parts[0], revision, isInTransaction: transactionEnd != nil)
      if let place = words.firstIndex(of: "TRIGGER"), let id = parts[1].integer {
        install(id, words, place, query, parts[0], revision, transactionEnd)
      }
      checkWhen(words, parts)
    }
  }

  mutating func publish(
    _ words: [String], _ reply: RESPValue, _ time: ClosedRange<Int64>
  ) {
    guard words[0] == "PUBLISH", let record = try? Record(parsing: words[1]) else { return }
    published.append(
      Published(
        number: record["n"]?.integer ?? -1, record: record, sent: time.lowerBound,
        acknowledged: time.upperBound))
  }

  mutating func claim(
    _ words: [String], _ query: Query, _ reply: RESPValue, _ revision: Int64,
    isInTransaction: Bool
  ) {
    var read = Read(
      revision: revision, query: query, answer: .records([]), isInTransaction: isInTransaction)
    if let place = words.firstIndex(of: "LIMIT") { read.limit = Int(words[place + 1]) ?? 0 }
    if let place = words.firstIndex(of: "AFTER") { read.after = words[place + 1] }
    let texts = reply.elements?.compactMap(\.text) ?? []
    switch words[0] {
    case "FIND":
      read.answer = .records(texts)
      reads.append(read)
    case "NAMES":
      read.answer = .names(texts)
      reads.append(read)
    case "EXISTS":
      let queries = words.dropFirst().prefix { $0 != "REV" && $0 != "TRIGGER" }
        .compactMap { try? Query(parsing: $0) }
      read.answer = .exists(queries, Int(reply.integer ?? -1))
      reads.append(read)
    case "GET": if let text = reply.text { found.append((revision, text)) }
    default: claim(write: words, query, reply, revision)
    }
  }

  mutating func claim(
    write words: [String], _ query: Query, _ reply: RESPValue, _ revision: Int64
  ) {
    guard !reply.isNull, reply.failure == nil else { return }
    switch words[0] {
    case "SET":
      let text = (try? Write(parsing: words[1]))?.record.description ?? ""
      if let returned = reply.text, returned != "OK", returned != text {
        complain("\(words) answered \(returned)")
      }
      written.append(Written(revision: revision, effect: .set(text)))
    case "SETSEQ": written.append(Written(revision: revision, effect: .numbered(reply.text ?? "")))
    case "UPDATE":
      guard let place = words.firstIndex(of: "ADD"), let amount = Int64(words[place + 2]) else {
        return
      }
      let effect = Written.Effect.added(
        query, attribute: words[place + 1], amount: amount, text: reply.text ?? "")
      written.append(Written(revision: revision, effect: effect))
    case "DEL":
      let count = reply.integer ?? 0
      if count > 0 {
        written.append(Written(revision: revision, effect: .deleted(query, count: count)))
      }
    default: break
    }
  }

  mutating func wait(_ words: [String], _ query: Query, _ reply: RESPValue) {
    if let text = reply.text, text != "OK" {
      guard let record = try? Record(parsing: text), query.matches(record) else {
        return complain("waited for \(query), not for \(text)")
      }
    } else if !reply.isNull, reply.text != "OK" {
      complain("\(words) answered \(reply)")
    }
  }

  mutating func lock(_ name: String, _ reply: RESPValue) {
    if reply.isNull {
      _ = refused.insert(name)
      return
    }
    guard let parts = reply.elements, parts.count == 2, let token = parts[0].integer,
      let member = parts[1].text
    else { return complain("LOCK \(name) answered \(reply)") }
    held = (name, member)
    written.append(Written(revision: token, effect: .joined(member)))
  }
}
