// Reads what installs triggers, and the pushes that they and subscriptions send.
import OctopusRecords
import RESP

extension SessionHistory {
  mutating func observe(_ query: Query, _ reply: RESPValue, _ end: Int64?) {
    guard let parts = reply.elements, parts.count == 3, let id = parts[0].integer,
      let revision = parts[1].integer, let texts = parts[2].elements?.compactMap(\.text)
    else { return complain("OBSERVE answered \(reply)") }
    reads.append(
      Read(
        revision: revision, query: query, answer: .records(texts), isInTransaction: end != nil))
    triggers[id] = watches.count
    watches.append(Watch(name: "\(name) trigger \(id)", query: query, start: revision))
  }

  mutating func install(
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

  mutating func checkWhen(_ words: [String], _ parts: [RESPValue]) {
    guard let place = words.firstIndex(of: "WHEN"), ["FIND", "NAMES"].contains(words[0]) else {
      return
    }
    let isFound = parts[0].elements?.isEmpty == false
    let isWanted = words[place + 1] == "ALWAYS" || (words[place + 1] == "FOUND") == isFound
    if isWanted == parts[1].isNull { complain("\(words): \(parts[1])") }
  }

  // MARK: Pushes

  mutating func hear(_ parts: [RESPValue], _ now: Int64) {
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

  mutating func hearTrigger(_ parts: [RESPValue], _ texts: [String]) {
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

  mutating func hearPattern(_ source: String, _ kind: String, _ text: String) {
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

  mutating func hearMessage(_ source: String, _ text: String) {
    guard let index = subscribed[source], let record = try? Record(parsing: text) else {
      return complain("a message for no subscription: \(source) \(text)")
    }
    if !subscriptions[index].query.matches(record) { complain("\(source) got \(text)") }
    subscriptions[index].messages.append(
      Subscription.Message(record: record, since: subscriptions[index].until))
  }

  mutating func acknowledge(_ kind: String, _ source: String, _ now: Int64) {
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
