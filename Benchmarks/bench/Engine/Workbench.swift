import BenchmarkResults
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// An engine with one session, driven as the server drives it: a text in, a rendered reply out. All
/// that is missing is the socket.
struct Workbench: ~Copyable {
  private var engine = Engine(reportsChanges: false)
  private var effects: [Effect] = []
  private var encoder = RESPEncoder(version: .three)

  init() {
    engine.step(.opened(1, Principal()), now: 0, into: &effects)
    effects.reserveCapacity(16)
  }

  mutating func get(_ query: Bytes) { run(.get(read(query))) }
  mutating func names(_ query: Bytes) { run(.names(read(query), Page())) }
  mutating func set(_ record: Bytes) { run(.set(read(record), SetOptions())) }
  mutating func delete(_ name: Bytes) { run(.delete([read(name)], all: false, ifRevision: nil)) }
  mutating func publish(_ record: Bytes) { run(.publish(read(record))) }
  mutating func subscribe(_ query: Bytes) {
    run(.subscribe([(source: Array(query), query: read(query))]))
  }
  /// A persistent trigger for records that come to match, or go on matching.
  mutating func watch(_ query: Bytes) {
    let trigger = TriggerRequest(.set, isPersistent: true)
    run(Command(.get(read(query)), trigger: trigger))
  }

  /// The same with texts that are made on the spot.
  mutating func prepare(_ text: String, _ body: (inout Workbench, Bytes) -> Void) {
    var text = text
    text.withUTF8 { body(&self, $0) }
  }

  /// What the host does outside its lock after regular expressions came.
  mutating func compilePatterns() {
    while let work = engine.takePatternWork() { engine.install(work.run()) }
  }

  private mutating func run(_ operation: consuming Operation) { run(Command(operation)) }

  private mutating func run(_ command: consuming Command) {
    if !effects.isEmpty { effects.removeAll(keepingCapacity: true) }
    encoder.bytes.removeAll(keepingCapacity: true)
    engine.step(.request(1, 1, consume command), now: 0, into: &effects)
    // The reply is the last. Taken out of there, as the server does.
    if !effects.isEmpty { answer(effects.removeLast()) }
  }

  private mutating func answer(_ effect: consuming Effect) {
    guard case .reply(_, _, let reply, _) = consume effect else { return }
    var renderer = ReplyRenderer(reply)
    renderer.render(into: &encoder)
  }

  // MARK: What the last command did

  /// The reply, as on the wire.
  var reply: String { String(decoding: encoder.bytes, as: UTF8.self) }

  /// How many were told of it: subscriptions or triggers.
  var told: Int {
    effects.reduce(0) { sum, effect in
      switch effect {
      case .message(_, let subscribers, _): sum + subscribers.count
      case .event(_, let deliveries): sum + deliveries.count
      default: sum
      }
    }
  }

  mutating func plan(of query: String) -> Plan {
    var text = query
    let parsed: Query = text.withUTF8 { read($0) }
    effects.removeAll(keepingCapacity: true)
    engine.step(.request(1, 1, Command(.explain(parsed))), now: 0, into: &effects)
    guard case .reply(_, _, .plan(let plan), _) = effects.last else {
      preconditionFailure("EXPLAIN answers no plan")
    }
    var fields: [String: Reply.PlanValue] = [:]
    for (key, value) in plan { fields[key] = value }
    guard case .text(let index) = fields["index"],
      case .integer(let candidates) = fields["candidates"],
      case .integer(let matches) = fields["matches"]
    else { preconditionFailure("EXPLAIN says something else") }
    return Plan(index: index, examined: Int(candidates), matched: Int(matches))
  }
}

// The texts are the benchmarks' own: one that cannot be read is a mistake in them, hence `try!`.
@inline(__always) func read(_ text: Bytes) -> Query { try! Query(text) }
@inline(__always) func read(_ text: Bytes) -> Record { try! Record(text) }
@inline(__always) func read(_ text: Bytes) -> Write { try! Write(text) }
