import BenchmarkResults
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// An engine with one session, driven as the server drives it, but without a socket: a request's
/// text in, a rendered reply out.
struct EngineHarness: ~Copyable {
  private var engine = Engine()
  private var effects: [Effect] = []
  private var encoder = RESPEncoder(version: .three)

  init() {
    engine.step(.opened(1, Principal()), now: 0, into: &effects)
    effects.reserveCapacity(16)
  }

  mutating func get(_ query: Bytes) { run(.get(read(query))) }
  mutating func names(_ query: Bytes) { run(.names(read(query), Page())) }
  mutating func set(_ record: Bytes) { run(.set(read(record), SetOptions())) }
  mutating func delete(_ name: Bytes) { run(.delete([read(name)], DeleteOptions())) }
  mutating func publish(_ record: Bytes) { run(.publish(read(record))) }
  mutating func subscribe(_ query: Bytes) {
    run(.subscribe([(source: Array(query), query: read(query))]))
  }
  /// Adds a persistent SET trigger.
  mutating func addTrigger(_ query: Bytes) {
    let trigger = TriggerRequest(.set, isPersistent: true)
    run(Command(.get(read(query)), trigger: trigger))
  }

  /// The same with a text that is made on the spot.
  mutating func prepare(_ text: String, _ body: (inout EngineHarness, Bytes) -> Void) {
    var text = text
    text.withUTF8 { body(&self, $0) }
  }

  /// Compiles new regular expressions, as the host does outside its lock.
  mutating func compilePatterns() {
    while let work = engine.takePatternWork() { engine.install(work.run()) }
  }

  private mutating func run(_ operation: consuming Operation) { run(Command(operation)) }

  private mutating func run(_ command: consuming Command) {
    if !effects.isEmpty { effects.removeAll(keepingCapacity: true) }
    encoder.bytes.removeAll(keepingCapacity: true)
    engine.step(.request(1, 1, consume command), now: 0, into: &effects)
    while engine.hasWork { engine.step(.work, now: 0, into: &effects) }
    // The reply is the last effect. It is moved out, as in the server.
    if !effects.isEmpty { answer(effects.removeLast()) }
  }

  private mutating func answer(_ effect: consuming Effect) {
    guard case .reply(_, _, let reply, _) = consume effect else { return }
    var renderer = ReplyRenderer(reply)
    renderer.render(into: &encoder)
  }

  // MARK: The result of the last command

  /// The reply, as on the wire.
  var reply: String { String(decoding: encoder.bytes, as: UTF8.self) }

  /// The number of subscriptions or triggers that matched.
  var deliveries: Int {
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
      preconditionFailure("the reply to EXPLAIN is no plan")
    }
    return Plan(index: plan.index, examined: plan.candidates, matched: plan.matches)
  }
}

// `try!`: the texts are the benchmarks' own, so one that does not parse is a mistake in them.
@inline(__always) func read(_ text: Bytes) -> Query { try! Query(text) }
@inline(__always) func read(_ text: Bytes) -> Record { try! Record(text) }
@inline(__always) func read(_ text: Bytes) -> Write { try! Write(text) }
