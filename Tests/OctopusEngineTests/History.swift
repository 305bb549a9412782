import Generators
import OctopusRecords

@testable import OctopusEngine

/// Random inputs as several clients would send them: sessions that come and go, every command,
/// transactions, time that passes. It looks at the model to ask for what is there more often than
/// not.
struct History {
  var random: Random
  private(set) var now: Instant = 0
  private var open: [SessionID] = []
  private var lastSession: SessionID = 0
  private var lastRequest: RequestID = 0
  /// How many different numbers names end in.
  private let names = 2

  init(_ random: Random) { self.random = random }

  mutating func next(_ model: NaiveEngine) -> Input {
    now += chance(3) ? Int64.random(in: 0...4, using: &random) : 0
    guard !open.isEmpty, !(open.count < 6 && chance(12)) else {
      lastSession += 1
      open.append(lastSession)
      // Every third is a guest, from whom a visibility hook may hide something. Every fourth may
      // not write reserved names.
      return .opened(
        lastSession,
        Principal(
          userID: 1, name: lastSession % 3 == 0 ? "guest" : nil,
          isAdministrator: lastSession % 4 != 0))
    }
    if chance(90) {
      let place = Int.random(in: 0..<open.count, using: &random)
      return .ended(open.remove(at: place))
    }
    if chance(30) {
      if let deadline = model.nextDeadline { now = max(now, deadline) }
      return .tick
    }
    let session = chance(200) ? lastSession + 7 : pick(open)
    lastRequest += 1
    if chance(15) { return cancellation(model) ?? .tick }
    if chance(8) {
      let count = Int.random(in: 0...5, using: &random)
      return .transaction(session, lastRequest, (0..<count).map { _ in command(model) })
    }
    return .request(session, lastRequest, command(model))
  }

  private mutating func cancellation(_ model: NaiveEngine) -> Input? {
    let waiting = model.watchers.filter { $0.handle != nil }
    guard let watcher = waiting.randomElement(using: &random) else { return nil }
    // Sometimes another session's, which must do nothing.
    let session = chance(4) ? pick(open) : watcher.session
    switch watcher.handle {
    case .tag(let tag)?: return .request(session, lastRequest, Command(.cancel(tag: tag)))
    case .request(let request)?: return .cancelled(session, request)
    case nil: return nil
    }
  }

  private mutating func command(_ model: NaiveEngine) -> Command {
    let operation = operation(model)
    var command = Command(operation)
    switch operation {
    case .get, .names, .find, .exists, .set, .setSequential, .update, .delete:
      command.wantsRevision = chance(4)
      if chance(3) {
        let kinds: TriggerRequest.Kinds = [.set, .delete, .out, .any].randomElement(using: &random)!
        command.trigger = TriggerRequest(
          kinds, isPersistent: chance(3),
          when: [.always, .found, .missing].randomElement(using: &random)!)
      }
    case .waitFor: if chance(3) { command.deferTag = Array("tag \(pick([1, 2, 3]))".utf8) }
    default: break
    }
    return command
  }

  private mutating func operation(_ model: NaiveEngine) -> Operation {
    switch Int.random(in: -5..<36, using: &random) {
    case ...0: return .get(query())
    case 1: return .names(query(), page())
    case 2: return .find(query(), page())
    case 3: return .exists((0..<Int.random(in: 1...3, using: &random)).map { _ in query() })
    case 4: return .count(query())
    case 5: return .size
    case 6..<16: return .set(write(model), setOptions(model))
    case 16, 17:
      return .setSequential(
        counted(), SetSequentialOptions(isTransient: chance(2), returnsRecord: chance(2)))
    case 18..<22: return .update(write(model), updateOptions(model))
    case 22..<25: return deletion(model)
    case 25..<28:
      let condition: WaitCondition =
        switch Int.random(in: 0..<3, using: &random) {
        case 0: .match
        case 1: .gone
        default: .count(Int.random(in: 0...6, using: &random))
        }
      let timeout = chance(2) ? nil : Int64.random(in: 0...12, using: &random)
      return .waitFor(query(), condition, timeoutMilliseconds: timeout)
    case 28, 29:
      let ids = model.watchers.map(\.id)
      return .untrigger(ids.randomElement(using: &random) ?? 99)
    case 30: return .observe(query())
    case 31: return .subscribe(sources())
    case 32: return .unsubscribe(chance(3) ? [] : sources().map(\.source))
    case 33: return .patternSubscribe(sources())
    case 34: return .patternUnsubscribe(chance(3) ? [] : sources().map(\.source))
    default: return .publish(record())
    }
  }

  // MARK: Parts

  private mutating func chance(_ oneIn: Int) -> Bool {
    Int.random(in: 0..<oneIn, using: &random) == 0
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }

  private mutating func record() -> Record { Generated.record(names: names, using: &random) }

  /// A record whose name a number may follow, most often.
  private mutating func counted() -> Record {
    let record = record()
    guard !chance(6) else { return record }
    let name = String(record.name.reversed().drop { $0.isNumber }.reversed())
    // Generated names have other letters than digits.
    return try! Record(name: name, pairs: record.attributes.map { ($0.name, $0.value) })
  }

  /// Any query, or one that records come to match and cease to all the time.
  private mutating func query() -> Query {
    guard chance(2) else { return Generated.query(names: names, using: &random) }
    let attribute = Generated.attributeText(using: &random)
    let constraint = [": _", " > 0", " <= 2", ": r'e'", " != ready"].randomElement(using: &random)!
    let name = ["_", "_", "r'^a'", "a0", "'_odd 1'"].randomElement(using: &random)!
    return try! Query(parsing: "\(name) { \(attribute)\(constraint) }")  // It is a query.
  }

  private mutating func page() -> Page {
    let after = chance(3) ? Array(Generated.name(names: names, using: &random).utf8) : nil
    return Page(limit: chance(2) ? nil : Int.random(in: 0...4, using: &random), after: after)
  }

  /// A record, and one time in four conditions on the record that is there.
  private mutating func write(_ model: NaiveEngine) -> Write {
    var record = record()
    if chance(8), let entry = entry(model) { record = entry.record }
    guard chance(4) else { return Write(record) }
    var terms = record.attributes.map { "\(Value.string($0.name)): \($0.value)" }
    let attribute = Generated.attributeText(using: &random)
    let condition = [
      ": _", " > 0", ": r'e'", " == \(Generated.value(using: &random))",
      " != \(Generated.value(using: &random))",
    ].randomElement(using: &random)!
    terms.append(attribute + condition)
    let name = Value.string(record.name)
    return try! Write(parsing: "\(name) { \(terms.joined(separator: ", ")) }")  // Made as above.
  }

  private mutating func setOptions(_ model: NaiveEngine) -> SetOptions {
    SetOptions(
      only: chance(6) ? .absent : chance(6) ? .present : nil, ifRevision: ifRevision(model),
      isTransient: chance(3), returnsRecord: chance(4))
  }

  private mutating func updateOptions(_ model: NaiveEngine) -> UpdateOptions {
    let attributes = Generated.attributes + ["f", "g'\n"]
    let amounts: [Value] = [.integer(1), .integer(-7), .float(0.5), .integer(.max), .float(1e300)]
    return UpdateOptions(
      ifRevision: ifRevision(model),
      removed: chance(4) ? [Array(pick(attributes).utf8)] : [],
      added: chance(2)
        ? [.init(attribute: Array(pick(attributes).utf8), amount: pick(amounts))] : [],
      returnsRecord: chance(3))
  }

  private mutating func ifRevision(_ model: NaiveEngine) -> Int64? {
    guard chance(8) else { return nil }
    return chance(3) ? 0 : entry(model)?.revision ?? 1
  }

  private mutating func deletion(_ model: NaiveEngine) -> Operation {
    if chance(4), let entry = entry(model) {
      let name = Array(entry.record.name.utf8).withUnsafeBufferPointer { Query(exactName: $0) }
      return .delete([name], DeleteOptions(ifRevision: chance(2) ? entry.revision : nil))
    }
    let count = chance(2) ? 1 : Int.random(in: 1...3, using: &random)
    return .delete(
      (0..<count).map { _ in query() },
      DeleteOptions(deletesAll: !chance(3), ifRevision: ifRevision(model)))
  }

  private mutating func entry(_ model: NaiveEngine) -> NaiveEngine.Entry? {
    // Sorted: a dictionary's own order differs from run to run, and the seed must repeat.
    model.entries.sorted { $0.key < $1.key }.randomElement(using: &random)?.value
  }

  private mutating func sources() -> [(source: [UInt8], query: Query)] {
    let texts = ["_", "r'^a'", "_ {a:1}", "_ { a : 1 }", "a0", "r'pci' { b: _ }"]
    return (0..<Int.random(in: 1...2, using: &random)).map { _ in
      let text = pick(texts)
      return (Array(text.utf8), try! Query(parsing: text))  // They are queries.
    }
  }
}
