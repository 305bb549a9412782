import OctopusRecords
import RESP
import SessionSupport

// Whole conversations of several clients with one engine. The first line is a query that someone
// observes; each line after it is something that one of the clients does; see `Clients`.
extension FuzzTarget {
  static let commands = FuzzTarget("commands") { input in
    let lines = input.split(separator: UInt8(ascii: "\n"))
    var conversation = try Conversation(observing: Array(lines.first ?? []))
    for line in lines.dropFirst() { try conversation.perform(line) }
    try conversation.end()
  }
}

private struct Conversation {
  private let server = SessionHarness()
  private var clients: Clients
  private var listeners: [Int64: Listener] = [:]
  private var observer: Observer
  private let reader: Int64

  init(observing source: [UInt8]) throws {
    clients = Clients(of: server)
    reader = server.connect()
    // Over RESP3 no other client can BIND to its session, and end it.
    server.send("HELLO 3\r\n", to: reader)
    _ = server.readBytes(reader)
    observer = try Observer(of: (try? read(source, Query.init)) ?? "_", at: server)
  }

  mutating func perform(_ line: ArraySlice<UInt8>) throws {
    let before = clients.ids
    clients.perform(line)
    for id in before + clients.ids { try hear(id) }
    try observer.listen()
    // Replies must not depend on when this happens.
    if let letter = line.first, letter & 0x20 == 0 { server.compilePatterns() }
  }

  /// Everyone leaves, and nothing stays of them that should not.
  mutating func end() throws {
    try observer.compare(with: try answer("FIND _ REV"), try answer("FIND \(observer.quoted)"))
    let ids = clients.ids
    clients.leave()
    for id in ids { try hear(id) }
    try observer.listen()
    try observer.compare(with: try answer("FIND _ REV"), try answer("FIND \(observer.quoted)"))
    let left = server.statistics
    try expect(left.transientRecords == 0, "transient records of nobody: \(left)")
    try expect(left.waits == 0 && left.subscriptions == 0 && left.triggers == 1, "\(left) is left")
    try expect(left.locks == 0 && left.barriers == 0, "queues of nobody: \(left)")
    try expect(left.sessions == 2, "sessions of nobody: \(left)")
    try expect(try answer("DBSIZE").integer == Int64(left.records), "\(left) is not DBSIZE")
  }

  private mutating func hear(_ id: Int64) throws {
    for value in try decoded(server.readBytes(id)) {
      try listeners[id, default: Listener()].hear(value)
    }
  }

  private func answer(_ line: String) throws -> RESPValue {
    server.send(line + "\r\n", to: reader)
    let values = try decoded(server.readBytes(reader))
    try expect(values.count == 1, "\(line): \(values)")
    return values[0]
  }
}

/// A client's ears: events come in order, and none of a trigger that has gone.
private struct Listener {
  private var revision: Int64 = 0
  private var removed: Set<Int64> = []

  mutating func hear(_ value: RESPValue) throws {
    guard case .push(let parts) = value, parts[0].text == "trigger" else { return }
    guard parts.count == 6, let id = parts[1].integer, let kind = parts[2].text,
      let revision = parts[3].integer
    else { throw Violation(description: "no event: \(value)") }
    try expect(revision >= self.revision, "\(value) after revision \(self.revision)")
    self.revision = revision
    try expect(!removed.contains(id), "\(value) after it was removed")
    if kind.hasSuffix("removed") { removed.insert(id) }
  }
}

/// Someone who observes a query: what is there, and every event since.
private struct Observer {
  private let server: SessionHarness
  private let id: Int64
  private let query: Query
  private var revision: Int64
  private var records: [[UInt8]: (record: Record, revision: Int64)] = [:]

  init(of query: Query, at server: SessionHarness) throws {
    self.server = server
    self.query = query
    id = server.connect()
    server.send("HELLO 3\r\n", to: id)
    _ = server.readBytes(id)
    var encoder = RESPEncoder(version: .three)
    encoder.command([Array("OBSERVE".utf8), query.text])
    server.send(encoder.bytes, to: id)
    let reply = try decoded(server.readBytes(id)).first?.elements
    revision = reply?[1].integer ?? -1
    try expect(revision == 0 && reply?[2].elements == [], "\(query): \(reply ?? [])")
  }

  /// The query as an argument in quotes.
  var quoted: String {
    "\"" + query.text.map { "\\x\($0 < 16 ? "0" : "")\(String($0, radix: 16))" }.joined() + "\""
  }

  mutating func listen() throws {
    for push in try decoded(server.readBytes(id)) {
      guard let parts = push.elements, parts.count == 6, let kind = parts[2].text,
        let revision = parts[3].integer, let text = parts[4].text, let previous = parts[5].integer
      else { throw Violation(description: "no event: \(push)") }
      try expect(revision > self.revision, "\(push) after revision \(self.revision)")
      self.revision = revision
      let record = try Record(parsing: text)
      let known = records.removeValue(forKey: record.key)
      if let known { try expect(known.revision == previous, "\(push) after \(known)") }
      switch kind {
      case "set": records[record.key] = (record, revision)
      case "del": try expect(known?.record == record, "\(push) is not what was there")
      case "out": try expect(known != nil && !naivelyMatches(query, record), "\(push) was not in")
      default: throw Violation(description: "no kind of event: \(push)")
      }
    }
  }

  /// What it has seen is what there is.
  mutating func compare(with all: RESPValue, _ found: RESPValue) throws {
    try listen()
    guard let parts = all.elements, parts.count == 2, let revision = parts[1].integer,
      let everything = parts[0].elements?.compactMap(\.text), let found = found.elements
    else { throw Violation(description: "no answer: \(all) \(found)") }
    try expect(revision >= self.revision, "\(all) before revision \(self.revision)")
    let matching = try everything.map { try Record(parsing: $0) }.filter {
      naivelyMatches(query, $0)
    }
    try expect(
      found.map(\.text) == matching.map(\.description), "\(query) finds \(found), not \(matching)")
    let seen = records.mapValues(\.record)
    let there = Dictionary(uniqueKeysWithValues: matching.map { ($0.key, $0) })
    try expect(seen == there, "\(query) has seen \(seen), not \(there)")
  }
}

/// Replies and pushes, all of them whole.
private func decoded(_ bytes: [UInt8]) throws -> [RESPValue] {
  var decoder = ReplyDecoder()
  return try bytes.withUnsafeBytes { bytes in
    var rest = bytes
    var values: [RESPValue] = []
    while let value = try decoder.next(&rest) { values.append(value) }
    try expect(!decoder.isInsideReply, "cut off: \(text(Array(bytes)))")
    return values
  }
}
