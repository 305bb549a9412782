import OctopusRecords
import RESP

/// One session as its client saw it, read out of the journal: what it claims about the truth, to be
/// checked against that, and what cannot be right whatever the truth is.
struct Story {
  /// What the store held at a revision, as a read said.
  struct Read {
    enum Answer {
      case records([String])
      case names([String])
      /// How many of the queries have a match.
      case exists([Query], Int)
    }

    var revision: Int64
    var query: Query
    var limit = Int.max
    var after: String?
    var answer: Answer
    /// Within its own transaction it saw what nobody else may.
    var isInTransaction: Bool
  }

  /// What a write did at a revision, as its reply said.
  struct Written {
    enum Deed {
      case set(String)
      case numbered(String)
      case added(Query, attribute: String, amount: Int64, text: String)
      case deleted(Query, count: Int64)
    }

    var revision: Int64
    var deed: Deed
  }

  struct Published {
    var number: Int64
    var record: Record
    var sent: Int64
    var acknowledged: Int64?
  }

  struct Subscription {
    var source: String
    var query: Query
    /// When it was there at the latest.
    var since: Int64
    var messages: [Message] = []
    /// What was published by then has come.
    var until: Int64

    struct Message {
      var record: Record
      /// What was published before this had come before it.
      var since: Int64
    }
  }

  let name: String
  var watches: [Watch] = []
  var reads: [Read] = []
  var written: [Written] = []
  var transactions: [Transaction] = []
  var published: [Published] = []
  var subscriptions: [Subscription] = []
  var violations: [String] = []
  /// A record that was found, with its own revision.
  var found: [(revision: Int64, text: String)] = []
  /// Highest revision that it knows to have passed while it lived.
  var lastRevision: Int64 = 0
  /// What it asked last and was never answered.
  var unanswered: [String]?
  var isCut = false

  // While it is read.
  private var triggers: [Int64: Int] = [:]
  private var patterns: [String: Int] = [:]
  private var syncing: (source: String, texts: [String])?
  private var subscribed: [String: Int] = [:]
  private var queued: [[String]]?
  private var lastEvent: Int64 = 0
  private var asked: (words: [String], at: Int64)?
  /// Acknowledgements that the request at hand still gets.
  private var acknowledgements = 0

  /// The stories of a journal: a client that lost its connection began another.
  static func all(_ journal: [Entry]) -> [Story] {
    var stories: [Story] = []
    for entry in journal {
      if case .opened(let name) = entry {
        stories.append(Story(name: name))
      } else if !stories.isEmpty {
        stories[stories.count - 1].follow(entry)
      }
    }
    return stories.map { story in
      var story = story
      story.unanswered = story.asked?.words
      return story
    }
  }

  private init(name: String) { self.name = name }

  private mutating func follow(_ entry: Entry) {
    switch entry {
    case .opened: break
    case .lost: isCut = true
    case .asked(let words, let time):
      if let asked { complain("asked \(words) before \(asked.words) was answered") }
      asked = (words, time)
      acknowledgements = words[0].hasSuffix("SUBSCRIBE") ? words.count - 1 : 0
    case .heard(.push(let parts), let time): hear(parts, time)
    case .heard(let reply, let time): answer(reply, time)
    }
  }

  private mutating func complain(_ text: String) { violations.append("\(name): \(text)") }

  // MARK: Replies

  private mutating func answer(_ reply: RESPValue, _ now: Int64) {
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

  private mutating func execute(_ reply: RESPValue, _ time: ClosedRange<Int64>) {
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
  private mutating func reach(_ revision: Int64, since before: Int64) {
    if revision < before { complain("a reply of @\(revision) after one of @\(before)") }
    if revision < lastEvent { complain("a reply of @\(revision) after an event of @\(lastEvent)") }
    lastRevision = max(lastRevision, revision)
    for index in Array(triggers.values) + Array(patterns.values) {
      guard let start = watches[index].start, start <= revision, !watches[index].isOver else {
        continue
      }
      watches[index].reached.append((revision, watches[index].seen.count))
    }
  }

  /// The store's revision that a reply reflects; nil where it says none.
  private static func stateRevision(_ words: [String], _ reply: RESPValue) -> Int64? {
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

  private mutating func take(
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

  private mutating func publish(
    _ words: [String], _ reply: RESPValue, _ time: ClosedRange<Int64>
  ) {
    guard words[0] == "PUBLISH", let record = try? Record(parsing: words[1]) else { return }
    published.append(
      Published(
        number: record["n"]?.integer ?? -1, record: record, sent: time.lowerBound,
        acknowledged: time.upperBound))
  }

  private mutating func claim(
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

  private mutating func claim(
    write words: [String], _ query: Query, _ reply: RESPValue, _ revision: Int64
  ) {
    guard !reply.isNull, reply.failure == nil else { return }
    switch words[0] {
    case "SET":
      let text = (try? Write(parsing: words[1]))?.record.description ?? ""
      if let returned = reply.text, returned != "OK", returned != text {
        complain("\(words) answered \(returned)")
      }
      written.append(Written(revision: revision, deed: .set(text)))
    case "SETSEQ": written.append(Written(revision: revision, deed: .numbered(reply.text ?? "")))
    case "UPDATE":
      guard let place = words.firstIndex(of: "ADD"), let amount = Int64(words[place + 2]) else {
        return
      }
      let deed = Written.Deed.added(
        query, attribute: words[place + 1], amount: amount, text: reply.text ?? "")
      written.append(Written(revision: revision, deed: deed))
    case "DEL":
      let count = reply.integer ?? 0
      if count > 0 {
        written.append(Written(revision: revision, deed: .deleted(query, count: count)))
      }
    default: break
    }
  }

  private mutating func wait(_ words: [String], _ query: Query, _ reply: RESPValue) {
    if let text = reply.text, text != "OK" {
      guard let record = try? Record(parsing: text), query.matches(record) else {
        return complain("waited for \(query), not for \(text)")
      }
    } else if !reply.isNull, reply.text != "OK" {
      complain("\(words) answered \(reply)")
    }
  }

  // MARK: Triggers

  private mutating func observe(_ query: Query, _ reply: RESPValue, _ end: Int64?) {
    guard let parts = reply.elements, parts.count == 3, let id = parts[0].integer,
      let revision = parts[1].integer, let texts = parts[2].elements?.compactMap(\.text)
    else { return complain("OBSERVE answered \(reply)") }
    reads.append(
      Read(
        revision: revision, query: query, answer: .records(texts), isInTransaction: end != nil))
    triggers[id] = watches.count
    watches.append(Watch(name: "\(name) trigger \(id)", query: query, start: revision))
  }

  private mutating func install(
    _ id: Int64, _ words: [String], _ place: Int, _ query: Query, _ reply: RESPValue,
    _ revision: Int64, _ end: Int64?
  ) {
    let kinds = words[(place + 1)...].prefix { ["SET", "DEL", "OUT", "ANY"].contains($0) }
    var watch = Watch(name: "\(name) trigger \(id)", query: query)
    if !kinds.contains("ANY") { watch.kinds = Set(kinds.map { $0.lowercased() }) }
    watch.isOneTime = !words.contains("PERSIST")
    switch words[0] {
    case "FIND", "NAMES", "EXISTS":
      watch.start = end ?? revision
    case "SETSEQ": watch.query = (try? Query(parsing: reply.text ?? "")) ?? query
    case "GET": break
    default: watch.query = query.nameAlone
    }
    // Else it is the record's own revision: what has happened to the name since is told.
    if watch.start == nil, revision > 0 || end != nil, query.isExact || words[0] != "GET" {
      watch.start = end ?? revision
    }
    if triggers[id] != nil { complain("trigger \(id) twice") }
    triggers[id] = watches.count
    watches.append(watch)
  }

  private mutating func checkWhen(_ words: [String], _ parts: [RESPValue]) {
    guard let place = words.firstIndex(of: "WHEN"), ["FIND", "NAMES"].contains(words[0]) else {
      return
    }
    let isFound = parts[0].elements?.isEmpty == false
    let isWanted = words[place + 1] == "ALWAYS" || (words[place + 1] == "FOUND") == isFound
    if isWanted == parts[1].isNull { complain("\(words): \(parts[1])") }
  }

  // MARK: Pushes

  private mutating func hear(_ parts: [RESPValue], _ now: Int64) {
    let texts = parts.map { $0.text ?? "" }
    switch (texts.first, parts.count) {
    case ("trigger", 6): hearTrigger(parts, texts)
    case ("message", 3): hearMessage(texts[1], texts[2])
    case ("pmessage", 4): hearPattern(texts[1], texts[2], texts[3])
    case ("subscribe", 3), ("unsubscribe", 3), ("psubscribe", 3), ("punsubscribe", 3):
      acknowledge(texts[0], texts[1], now)
    default: complain("a strange push: \(parts)")
    }
  }

  private mutating func hearTrigger(_ parts: [RESPValue], _ texts: [String]) {
    guard let id = parts[1].integer, let revision = parts[3].integer, let index = triggers[id]
    else {
      return complain("an event of a trigger that is not its own: \(parts)")
    }
    if watches[index].isOver { complain("an event after the last of trigger \(id): \(parts)") }
    if revision < lastEvent { complain("an event of @\(revision) after one of @\(lastEvent)") }
    if texts[2] != "removed", revision <= lastRevision {
      complain("an event of @\(revision) after a reply of @\(lastRevision)")
    }
    lastEvent = max(lastEvent, revision)
    let words = texts[2].split(separator: " ").map(String.init)
    if words.last == "removed" { watches[index].isOver = true }
    if words == ["removed"] {
      watches[index].removedAt = revision
    } else {
      if watches[index].isOneTime != (words.last == "removed") {
        complain("trigger \(id) is\(watches[index].isOneTime ? "" : " not") one-time: \(parts)")
      }
      watches[index].seen.append(
        Watch.Seen(
          kind: words[0], text: texts[4], revision: revision, previous: parts[5].integer))
    }
  }

  private mutating func hearPattern(_ source: String, _ kind: String, _ text: String) {
    if let (syncing, texts) = syncing, syncing == source, kind == "existing" || kind == "synced" {
      if kind == "existing" {
        self.syncing = (source, texts + [text])
        return
      }
      self.syncing = nil
      guard let query = try? Query(parsing: source), let revision = Int64(text) else { return }
      reads.append(
        Read(revision: revision, query: query, answer: .records(texts), isInTransaction: false))
      patterns[source] = watches.count
      watches.append(Watch(name: "\(name) pattern", query: query, start: revision))
      asked = nil
      reach(revision, since: lastRevision)
      return
    }
    guard let index = patterns[source], !watches[index].isOver else {
      return complain("an event of no subscription: \(source) \(kind) \(text)")
    }
    watches[index].seen.append(Watch.Seen(kind: kind, text: text))
  }

  private mutating func hearMessage(_ source: String, _ text: String) {
    guard let index = subscribed[source], let record = try? Record(parsing: text) else {
      return complain("a message for no subscription: \(source) \(text)")
    }
    if !subscriptions[index].query.matches(record) { complain("\(source) got \(text)") }
    subscriptions[index].messages.append(
      Subscription.Message(record: record, since: subscriptions[index].until))
  }

  private mutating func acknowledge(_ kind: String, _ source: String, _ now: Int64) {
    acknowledgements -= 1
    guard let (words, time) = asked, words[0].lowercased() == kind, acknowledgements >= 0 else {
      return complain("an unasked \(kind)")
    }
    switch kind {
    case "subscribe":
      subscribed[source] = subscriptions.count
      guard let query = try? Query(parsing: source) else { return }
      subscriptions.append(
        Subscription(source: source, query: query, since: now, until: time))
    case "psubscribe": syncing = (source, [])
    case "unsubscribe":
      if let index = subscribed.removeValue(forKey: source) { subscriptions[index].until = time }
    default: if let index = patterns.removeValue(forKey: source) { watches[index].isOver = true }
    }
    if acknowledgements == 0, kind != "psubscribe" { asked = nil }
  }
}

extension Query {
  /// What a write to its name is watched by.
  fileprivate var nameAlone: Query {
    withExactName { Query(exactName: $0) } ?? self
  }
}
