import OctopusEngine
import OctopusStore
import RESP
import SessionSupport

// The work of all requests: in a store of some hundred records, what several clients do, each on a
// line of its own; see `Clients`. No step exceeds its budget by more than what is done at a time,
// and none does less work by its own count than its effects show.
extension FuzzTarget {
  static let work = FuzzTarget("work") { input in
    let server = SessionHarness(stepBudget: 1_000_000)
    let filler = server.connect()
    server.send(Self.filling, to: filler)
    _ = server.readBytes(filler)
    server.disconnect(filler)
    let meter = WorkMeter(hasPatterns: text(input).contains("r'"))
    server.didStep = meter.count
    var clients = Clients(of: server)
    for line in input.split(separator: UInt8(ascii: "\n")) {
      meter.work = 0
      try measure(input[..<line.endIndex]) {
        clients.perform(line)
        return meter.work
      }
      for id in clients.ids { _ = server.readBytes(id) }
      server.compilePatterns()
      try meter.check(line)
    }
    try measure(input[...]) {
      meter.work = 0
      clients.leave()
      return meter.work
    }
    try meter.check("the end of all sessions".utf8)
  }

  /// Runs what the last line of an input says, which answers the work that was counted. The fuzzer
  /// also measures it by a clock, which tests must not.
  // Set before the first input; all runs in one thread.
  package nonisolated(unsafe) static var measure:
    (_ input: ArraySlice<UInt8>, _ run: () -> Int) throws -> Void = { _, run in _ = run() }

  /// The requests that fill the store: many small records, some with long names, some with long
  /// texts, some of many attributes.
  private static let filling: [UInt8] = {
    var encoder = RESPEncoder(version: .two)
    func set(_ name: String, _ body: String) { encoder.command(["SET", "\(name) { \(body) }"]) }
    func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
    for n in 0..<120 { set("l_\(n)", "n: \(n % 97), kind: k\(n % 5), text: 'line \(n)'") }
    for n in 0..<8 { set("\(repeated("ab_", 335))\(n)", "") }
    for n in 0..<8 { set("t_\(n)", "t: '\(repeated("ab z09_.", 1_000))', n: \(n)") }
    for n in 0..<8 {
      set("wide_\(n)", (0..<60).map { "a\($0): \($0 * n)" }.joined(separator: ", "))
    }
    set("big", "t: '\(repeated("x", 50_000))', n: 0")
    return encoder.bytes
  }()
}

/// Compares the work that steps count with their budget and with their effects.
private final class WorkMeter {
  /// What the steps have counted since it was set.
  var work = 0
  /// By how much a step may exceed its budget: by what is done at a time.
  private let excess: Int
  private var effects = 0
  private var violation: String?

  /// A regular expression searches a whole text, for which it may take a step of ordinary length;
  /// otherwise it is the write of a large record.
  init(hasPatterns: Bool) { excess = hasPatterns ? Work.stepBudget : 500_000 }

  func count(_ work: (spent: Int, left: Int), _ effects: [Effect]) {
    self.work += work.spent
    // The effects of an input come together, though it may take several steps.
    if effects.count < self.effects { self.effects = 0 }
    let visible = effects.dropFirst(self.effects).reduce(0) { $0 + $1.leastWork }
    self.effects = effects.count
    if work.left < -excess { violation = "exceeds its budget by \(-work.left)" }
    if work.spent < visible { violation = "counts \(work.spent), and shows work of \(visible)" }
  }

  func check(_ line: some Sequence<UInt8>) throws {
    self.effects = 0
    guard let violation else { return }
    throw Violation(description: "\(text(Array(line))) \(violation)")
  }
}

extension Effect {
  /// What it took at the least, in the units of `Work`.
  fileprivate var leastWork: Int {
    switch self {
    case .reply(_, _, let reply, _), .deferred(_, _, let reply, _): reply.records * Work.match
    case .event(let event, let deliveries):
      event.record == nil ? 0 : deliveries.count * Work.delivery
    case .message(_, let subscribers, _): subscribers.count * Work.delivery
    case .overflow, .hold: 0
    }
  }
}

extension Reply {
  /// How many records it lists.
  fileprivate var records: Int {
    switch self {
    case .records(let records), .names(let records): records.count
    case .page(_, let part): part.records
    case .array(let parts): parts.reduce(0) { $0 + $1.records }
    case .acknowledgements(let all): all.reduce(0) { $0 + ($1.snapshot?.records.count ?? 0) }
    case .ok, .null, .deferred, .integer, .record, .name, .grant, .plan, .error: 0
    }
  }
}
