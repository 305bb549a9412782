import Generators
import OctopusRecords
import Testing

@testable import OctopusEngine

/// Long random histories of all commands, by several sessions: every effect of every step is what
/// the reference model says, and whoever observes holds, at every revision, what a fresh find would
/// give.
@Suite struct EngineAgainstModelTests {
  @Test(arguments: 0..<4)
  func randomHistoriesAgreeWithTheReferenceModel(part: UInt64) {
    follow(part, steps: 2_000)
  }

  @Test(arguments: 0..<2)
  func randomHistoriesUnderAMemoryLimitAgreeWithTheReferenceModel(part: UInt64) {
    follow(part, steps: 2_000, memoryLimit: 20_000)
  }

  private func follow(_ part: UInt64, steps: Int, memoryLimit: Int? = nil) {
    let seed = Random().seed &+ part
    var history = History(Random(seed: seed))
    let recorder = ChangeRecorder()
    var engine = Engine(after: 1_000, memoryLimit: memoryLimit, changeLog: recorder)
    var model = NaiveEngine(after: 1_000, memoryLimit: memoryLimit ?? .max)
    var observers = Observers()
    var missed = memoryLimit == nil ? Effect.sorts : Effect.sortsOutOfMemory
    var step = 0
    // A history goes on until each kind of effect has occurred, however rare it is with this seed.
    while step < steps || !missed.isEmpty && step < 20 * steps {
      step += 1
      let input = history.next(model)
      var effects: [Effect] = []
      engine.step(input, now: history.now, into: &effects)
      let expected = model.step(input, now: history.now)
      let place: Comment = "seed \(seed), step \(step): \(input)"
      // Not a comparison of arrays: one that fails would print them whole.
      // The model notes no counters; RestoringTests are about them.
      let changes = recorder.takeChanges()
      let lines = changes.map(\.line) + effects.map(\.line)
      let wanted = model.takeSeen().map(\.line) + expected.map(\.line)
      guard lines == wanted else {
        Issue.record("\(place)\ngot \(lines)\nnot \(wanted)")
        return
      }
      observers.follow(changes, effects, of: input, place)
      if !changes.isEmpty { missed.remove("change") }
      for effect in effects { missed.remove(effect.sort(in: input)) }
      check(engine, model, place)
    }
    #expect(observers.checks > 100, "seed \(seed): nobody observed anything")
    #expect(missed.isEmpty, "seed \(seed): a history without \(missed)")
  }

  private func check(_ engine: borrowing Engine, _ model: NaiveEngine, _ place: Comment) {
    let statistics = engine.statistics
    let waits = model.watchers.count { $0.handle != nil }
    #expect(engine.revision == model.revision, place)
    #expect(engine.nextDeadline == model.nextDeadline, place)
    #expect(statistics.records == model.entries.count, place)
    #expect(statistics.transientRecords == model.entries.values.count { $0.owner != nil }, place)
    #expect(statistics.recordBytes == model.entries.values.reduce(0) { $0 + $1.record.text.count })
    #expect(statistics.counters == model.counters.count, place)
    #expect(statistics.footprint == model.footprint(after: .init()), place)
    #expect(statistics.sessions == model.sessions.count, place)
    #expect(statistics.waits == waits, place)
    #expect(statistics.triggers == model.watchers.count - waits, place)
    #expect(statistics.subscriptions == model.subscriptions.count, place)
  }
}

/// Everyone who observes, and what each believes is there: the answer to OBSERVE or PSUBSCRIBE, and
/// the events since. Knows the truth from the changes alone.
private struct Observers {
  private struct View {
    var session: SessionID
    var query: Query
    var records: [String: Record] = [:]
  }

  private var views: [String: View] = [:]
  private var truth: [String: Record] = [:]
  private(set) var checks = 0

  mutating func follow(
    _ changes: [Change], _ effects: [Effect], of input: Input, _ place: Comment
  ) {
    if case .ended(let session) = input { views = views.filter { $0.value.session != session } }
    var rest = changes[...]
    for (index, effect) in effects.enumerated() {
      switch effect {
      case .event(let event, let deliveries):
        apply(&rest, through: event.revision, place)
        for delivery in deliveries { hear(event, delivery) }
      case .reply(let session, _, let reply, _):
        // The step's own comes last. Waits whose time is over are answered before the events.
        if index == effects.count - 1 { apply(&rest, through: .max, place) }
        begin(reply, of: input, session)
      case .message, .deferred, .overflow, .hold: break
      }
    }
    apply(&rest, through: .max, place)
    check(place)
  }

  private mutating func apply(
    _ changes: inout ArraySlice<Change>, through revision: Revision, _ place: Comment
  ) {
    while let change = changes.first, change.revision <= revision {
      changes.removeFirst()
      // All that was to be said of the change before has been said.
      check(place)
      if let before = change.before?.record { truth[before.name] = nil }
      if let after = change.after?.record { truth[after.name] = after }
    }
  }

  private mutating func hear(_ event: Event, _ delivery: Delivery) {
    let key = key(delivery.session, delivery.sink)
    guard let record = event.record else {
      views[key] = nil
      return
    }
    views[key]?.records[record.name] = event.kind == .set ? record : nil
  }

  /// Reads who observes from now on out of a reply.
  private mutating func begin(_ reply: Reply, of input: Input, _ session: SessionID) {
    switch (input, reply) {
    case (.request(_, _, let command), _): begin(reply, of: command, session)
    case (.transaction(_, _, let commands), .array(let replies)):
      for (command, reply) in zip(commands, replies) { begin(reply, of: command, session) }
    default: break
    }
  }

  private mutating func begin(_ reply: Reply, of command: Command, _ session: SessionID) {
    switch (command.operation, reply) {
    case (.observe(let query), .array(let parts)):
      guard case .integer(let id) = parts[0], case .records(let records) = parts[2] else { return }
      begin(query, records, key(session, .trigger(id)), session)
    case (.patternSubscribe(let queries), .acknowledgements(let all)):
      for ((source, query), acknowledgement) in zip(queries, all) {
        let records = acknowledgement.snapshot?.records ?? []
        begin(query, records, key(session, .pattern(source)), session)
      }
    case (.patternUnsubscribe, .acknowledgements(let all)):
      for source in all.compactMap(\.source) { views[key(session, .pattern(source))] = nil }
    default: break
    }
  }

  private mutating func begin(
    _ query: Query, _ records: [Record], _ key: String, _ session: SessionID
  ) {
    var view = View(session: session, query: query)
    for record in records { view.records[record.name] = record }
    views[key] = view
  }

  private func key(_ session: SessionID, _ sink: Delivery.Sink) -> String { "\(session) \(sink)" }

  private mutating func check(_ place: Comment) {
    for view in views.values {
      let fresh = truth.filter { view.query.matches($0.value) }
      checks += fresh.count
      guard view.records == fresh else {
        Issue.record("\(place)\n\(view.query): saw \(view.records), but there is \(fresh)")
        return
      }
    }
  }
}

extension Effect {
  /// What a history that is long enough must have seen.
  fileprivate static let sorts: Set = [
    "set", "set last", "del", "del last", "out", "removed last", "message",
    "change", "answered", "answered later", "deferred", "transaction", "-MISMATCH", "-SYNTAX",
    "-NONAME",
    "-NOTRIGGER", "-NOPERM", "transaction -MISMATCH", "transaction -ERR",
  ]

  fileprivate static let sortsOutOfMemory: Set = [
    "set", "del", "answered", "answered later", "transaction", "-OOM", "transaction -OOM",
  ]

  fileprivate func sort(in input: Input) -> String {
    switch self {
    case .event(let event, let deliveries):
      deliveries.contains(where: \.isLast) ? "\(event.kind) last" : "\(event.kind)"
    case .message: "message"
    case .deferred: "deferred"
    case .hold: "hold"
    case .overflow: "overflow"
    case .reply(let session, let request, let reply, _): sort(session, request, reply, input)
    }
  }

  private func sort(
    _ session: SessionID, _ request: RequestID, _ reply: Reply, _ input: Input
  ) -> String {
    let code = if case .error(let failure) = reply { "-\(failure.code.rawValue)" } else { "" }
    switch input {
    case .request(session, request, _): return code.isEmpty ? "answered" : code
    case .transaction(session, request, _):
      return code.isEmpty ? "transaction" : "transaction \(code)"
    default: return "answered later"
    }
  }
}
