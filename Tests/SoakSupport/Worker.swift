import Foundation
import Generators
import OctopusRecords
import RESP

/// A client that does everything a client may, at random, and reconnects when it is cut off.
package final class Worker {
  private var path: String
  private let name: String
  private let journal: ([UInt8]) -> Void
  /// Waits for a server that takes the place of the one that is gone; nil: there will be none.
  private let nextServer: () -> (path: String, steps: Int)?
  private var random: Random

  private var client: Client?
  private var sessions = 0
  /// The session's name, which stands in all that it writes.
  private var tag = ""
  private var triggers: [Int64] = []
  private var subscribed: [String] = []
  private var observed: [String] = []
  private var notes = 0
  private var transients = 0
  private var writes = 0
  private var steps = 0
  /// The lock that it has.
  private var lock: String?

  package init(
    path: String, name: String, seed: UInt64, journal: @escaping ([UInt8]) -> Void,
    nextServer: @escaping () -> (path: String, steps: Int)?
  ) {
    self.path = path
    self.name = name
    self.journal = journal
    self.nextServer = nextServer
    random = Random(seed: seed)
  }

  /// Takes `steps` steps, publishes that it is done, waits for all other workers, and reads
  /// everything. At another server it begins again, with as many steps as it is told.
  package func run(steps: Int) throws {
    self.steps = steps
    repeat {
      try connect()
      while self.steps > 0, act() { self.steps -= 1 }
    } while self.steps > 0 || !finish()
  }

  private func connect() throws {
    guard client == nil else { return }
    tag = "\(name).\(sessions)"
    sessions += 1
    (triggers, subscribed, observed, lock) = ([], [], [], nil)
    while client == nil {
      do { client = try Client(path, name: tag, journal: journal) } catch {
        guard let next = nextServer() else { throw error }
        (path, steps) = next
      }
    }
  }

  private func finish() -> Bool {
    ask(["SET", "done.\(name) { by: '\(tag)' }", "REV"])
      && ask(["WAITFOR", "finish"]) && ask(["FIND", "_", "REV"])
  }

  /// Asks; false when the connection is gone.
  @discardableResult
  private func ask(_ words: [String]) -> Bool { reply(words) != nil }

  private func reply(_ words: [String]) -> RESPValue? {
    let reply = client?.ask(words)
    if reply == nil { client = nil }
    return reply
  }

  // MARK: What it does

  private func act() -> Bool {
    switch Int.random(in: 0..<104, using: &random) {
    case 0..<40: return command(isWrite: true)
    case 40..<66: return command(isWrite: false)
    case 66..<72: return transaction()
    case 72..<75: return observe()
    case 75..<79: return untrigger()
    case 79..<83: return wait()
    case 83..<91: return ask(note())
    case 91..<93: return subscribe()
    case 93..<95: return unsubscribe()
    case 95..<97: return patternSubscribe()
    case 97..<99: return patternUnsubscribe()
    case 99..<103: return lockOrUnlock()
    default: return chance(3) ? leave() : ask(["PING"])
    }
  }

  /// Without a word, or with one.
  private func leave() -> Bool {
    if chance(2) { _ = client?.ask("QUIT") }
    client = nil
    return false
  }

  private func command(isWrite: Bool) -> Bool {
    var words = isWrite ? write() : read()
    words.append("REV")
    if chance(4), triggers.count < 40, !words.contains("NX"), !words.contains("XX") {
      words += trigger()
    }
    guard let reply = reply(words) else { return false }
    if words.contains("TRIGGER"), let id = reply.elements?[1].integer { triggers.append(id) }
    return true
  }

  private func write() -> [String] {
    switch Int.random(in: 0..<13, using: &random) {
    case 0..<4: return ["SET", record()]
    case 4: return ["SET", record(), pick(["NX", "XX"])]
    case 5:
      let attributes = "\(own()), n: \(number()), '@k': 1, n < \(number())"
      return ["SET", "\(shared()) { \(attributes) }"]
    case 6:
      transients += 1
      return ["SET", transient(), "TRANSIENT"]
    case 7: return ["SETSEQ", "job_ { by: '\(tag)', '@k': \(number() % 5) }"]
    case 8:
      return [
        "SETSEQ", "member_ { by: '\(tag)', life: transient, '@k': \(number() % 5) }", "TRANSIENT",
      ]
    case 9, 10: return ["UPDATE", shared(), "ADD", "n", "\(1 + number() % 3)", "RETURN"]
    case 11: return ["DEL", pick([shared(), "job_\(number())", "'never there'"])]
    default: return ["DEL", pick(["_ { '@k': \(number() % 5), n > 90 }", "r'^job_.*7$'"]), "ALL"]
    }
  }

  private func read() -> [String] {
    switch Int.random(in: 0..<8, using: &random) {
    case 0, 1: return ["GET", shared()]
    case 2: return ["NAMES", query()]
    case 3: return ["EXISTS", query()]
    case 4: return ["FIND", query(), "LIMIT", "\(1 + number() % 4)"]
    case 5: return ["FIND", query(), "AFTER", shared()]
    default: return ["FIND", query()]
    }
  }

  private func trigger() -> [String] {
    ["TRIGGER"] + pick([["SET"], ["DEL"], ["OUT"], ["ANY"], ["SET", "DEL"]])
      + (chance(2) ? ["PERSIST"] : [])
      + (chance(3) ? ["WHEN", pick(["FOUND", "MISSING", "ALWAYS"])] : [])
  }

  /// Everything that may stand in one, and at its end a look at what it has made.
  private func transaction() -> Bool {
    guard ask(["MULTI"]) else { return false }
    for _ in 0..<Int.random(in: 0...5, using: &random) {
      let words: [String] =
        switch Int.random(in: 0..<9, using: &random) {
        case 0..<5: write() + ["REV"]
        case 5: note()
        case 6: ["OBSERVE", query()]
        default: read() + ["REV"] + (chance(2) ? trigger() : [])
        }
      guard ask(words) else { return false }
    }
    guard ask(["FIND", query(), "REV"]) else { return false }
    guard !chance(8) else { return ask(["DISCARD"]) }
    return ask(["EXEC"])
  }

  private func observe() -> Bool {
    guard triggers.count < 40 else { return untrigger() }
    guard let reply = reply(["OBSERVE", query()]) else { return false }
    if let id = reply.elements?.first?.integer { triggers.append(id) }
    return true
  }

  private func untrigger() -> Bool {
    guard !triggers.isEmpty else { return ask(["PING"]) }
    let place = Int.random(in: 0..<triggers.count, using: &random)
    return ask(["UNTRIGGER", "\(triggers.remove(at: place))"])
  }

  private func wait() -> Bool {
    ask(
      ["WAITFOR", query()] + pick([[], ["GONE"], ["COUNT", "3"]])
        + ["TIMEOUT", "\(number() % 20)"])
  }

  private func lockOrUnlock() -> Bool {
    if let held = lock {
      lock = nil
      return ask(["UNLOCK", held])
    }
    let name = pick(["door", "gate"])
    let body = "{ by: '\(tag)', life: transient }"
    guard let reply = reply(["LOCK", name, "WITH", body, "TIMEOUT", "\(number() % 20)"]) else {
      return false
    }
    if !reply.isNull { lock = name }
    return true
  }

  private func note() -> [String] {
    notes += 1
    return ["PUBLISH", "note.\(number() % 3) { by: '\(tag)', n: \(notes), '@k': \(number() % 5) }"]
  }

  private func subscribe() -> Bool {
    let source = pick(["_", "note.1", "_ { '@k': 2 }", "_ { '@k' >= 1, '@k' < 4 }", "r'[02]$'"])
    guard !subscribed.contains(source) else { return unsubscribe() }
    subscribed.append(source)
    return pushes(["SUBSCRIBE", source]) { $0.first?.text == "subscribe" }
  }

  private func unsubscribe() -> Bool {
    guard let source = subscribed.popLast() else { return ask(["PING"]) }
    return pushes(["UNSUBSCRIBE", source]) { $0.first?.text == "unsubscribe" }
  }

  private func patternSubscribe() -> Bool {
    let source = pick(["_", "_ { '@k': 2 }", "r'^job_'", "_ { n > 50 }", "_ { life: transient }"])
    guard !observed.contains(source) else { return patternUnsubscribe() }
    observed.append(source)
    return pushes(["PSUBSCRIBE", source]) { parts in
      parts.count == 4 && parts[1].text == source && parts[2].text == "synced"
    }
  }

  private func patternUnsubscribe() -> Bool {
    guard let source = observed.popLast() else { return ask(["PING"]) }
    return pushes(["PUNSUBSCRIBE", source]) { $0.first?.text == "punsubscribe" }
  }

  private func pushes(_ words: [String], until isLast: ([RESPValue]) -> Bool) -> Bool {
    let isThere = client?.ask(words) { value in
      if case .push(let parts) = value { isLast(parts) } else { false }
    }
    if isThere != true { client = nil }
    return isThere == true
  }

  // MARK: Parts

  private func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
  private func number() -> Int { Int.random(in: 0..<100, using: &random) }

  private func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }

  /// A name over which all quarrel.
  private func shared() -> String { "a\(number() % 8)" }

  /// What no other record has.
  private func own() -> String {
    writes += 1
    return "by: '\(tag)', write: \(writes)"
  }

  private func record() -> String {
    let color = pick(["red", "green", "blue"])
    return "\(shared()) { \(own()), c: \(color), '@k': \(number() % 5), n: \(number()) }"
  }

  private func transient() -> String {
    "'t.\(tag).\(transients)' { by: '\(tag)', '@k': \(number() % 5), life: transient }"
  }

  private func query() -> String {
    pick([
      shared(), shared(), "_ { '@k': \(number() % 5) }", "r'^a' { n > \(number()) }", "r'^t[.]'",
      "_ { c: \(pick(["red", "green"])), '@k' < 3 }",
      "_ { life: transient, '@k': \(number() % 5) }",
      "r'^(job|member)_[0-9]*[05]$'", "_ { by: r'^w[13]' , n <= \(number()) }",
    ])
  }
}
