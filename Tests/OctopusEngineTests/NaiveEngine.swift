import OctopusRecords

@testable import OctopusEngine

/// The reference model of the engine: records in a dictionary, every question a filter over all of
/// them, a transaction a copy of everything, every wait asked again after every step.
struct NaiveEngine {
  struct Entry {
    var record: Record
    var revision: Revision
    var created: Revision
    var owner: SessionID?

    var stored: Change.Stored {
      Change.Stored(record: record, revision: revision, created: created, owner: owner)
    }
  }

  struct Watcher {
    enum Role {
      case trigger(TriggerRequest.Kinds, isPersistent: Bool)
      case pattern([UInt8])
      case wait(ReplyHandle, WaitCondition, until: Instant?)
    }

    var id: TriggerID
    var session: SessionID
    var query: Query
    var role: Role
  }

  struct Subscription {
    var session: SessionID
    var source: [UInt8]
    var query: Query
  }

  /// What a step has done, for the world to hear once it is over.
  struct Work {
    /// All that was done, so that a record may occur several times.
    var changes: [Change] = []
    /// The records that this step creates and deletes, so that they take no revision.
    var void: Set<String> = []
    var installed: [Watcher] = []
    var removed: [TriggerID] = []
    var published: [(Record, [Subscriber])] = []
  }

  var entries: [String: Entry] = [:]
  var counters: [String: Int64] = [:]
  var revision: Revision
  var sessions: [SessionID: Principal] = [:]
  var watchers: [Watcher] = []
  var subscriptions: [Subscription] = []
  /// The changes that were committed.
  private var seen: [Change] = []
  private var lastID: Int64 = 0
  private let memoryLimit: Int

  init(after revision: Revision, memoryLimit: Int = .max) {
    self.revision = revision
    self.memoryLimit = memoryLimit
  }

  /// The changes since the last call.
  mutating func takeSeen() -> [Change] {
    defer { seen = [] }
    return seen
  }

  mutating func step(_ input: Input, now: Instant) -> [Effect] {
    var effects = endOverdueWaits(now)
    switch input {
    case .opened(let session, let principal): sessions[session] = principal
    case .ended(let session): effects += end(session)
    case .request(let session, let request, let command):
      effects += run(command, session, request, now)
    case .transaction(let session, let request, let commands):
      effects += run(session, .request(request)) { model, work throws(Failure) in
        .array(try model.perform(commands, session, request, &work))
      }
    case .cancelled(let session, let request):
      effects += endWaits {
        $0.session == session && $0.handle == .request(request)
      } reply: { _ in
        .null
      }
    case .tick, .work, .durable: break
    }
    return effects
  }

  /// The earliest time limit of a wait.
  var nextDeadline: Instant? { watchers.compactMap(\.deadline).min() }

  /// All matches in natural order.
  func matches(_ query: Query) -> [Entry] {
    entries.values.filter { query.matches($0.record) }
      .sorted { precedes($0.record.name, $1.record.name) }
  }

  // MARK: Steps

  private mutating func run(
    _ command: Command, _ session: SessionID, _ request: RequestID, _ now: Instant
  ) -> [Effect] {
    guard sessions[session] != nil else { return [] }
    let handle = command.deferTag.map { ReplyHandle.tag($0) } ?? .request(request)
    var effects: [Effect] = []
    if command.deferTag != nil {
      let isInUse = watchers.contains { $0.session == session && $0.handle == handle }
      let reply: Reply = isInUse ? .error(Failure(.busy, "")) : .deferred
      effects.append(.reply(session, request, reply, revision))
      if isInUse { return effects }
    }
    return effects
      + run(session, handle) { model, work throws(Failure) in
        try model.perform(command, session, handle, now, &work)
      }
  }

  private mutating func run(
    _ session: SessionID, _ handle: ReplyHandle,
    _ body: (inout NaiveEngine, inout Work) throws(Failure) -> Reply?
  ) -> [Effect] {
    guard sessions[session] != nil else { return [] }
    let before = self
    var work = Work()
    do throws(Failure) {
      var reply = try body(&self, &work)
      let void = work.changed.filter { $0.before == nil && $0.after == nil }.map(\.name)
      if !void.isEmpty {
        // The same again, where it is known which records leave no trace.
        self = before
        work = Work(void: Set(void))
        reply = try body(&self, &work)
      }
      let held = footprint(after: work)
      if held > before.footprint(after: Work()), held > memoryLimit {
        throw Failure(.outOfMemory, "")
      }
      let effects = commit(work)
      return effects + (reply.map { [handle.effect(session, $0, revision)] } ?? [])
    } catch {
      self = before
      return [handle.effect(session, .error(error), revision)]
    }
  }

  private mutating func perform(
    _ commands: [Command], _ session: SessionID, _ request: RequestID, _ work: inout Work
  ) throws(Failure) -> [Reply] {
    var replies: [Int: Reply] = [:]
    for isObserving in [false, true] {
      for (place, command) in commands.enumerated() where command.isObserve == isObserving {
        guard command.isTransactional else { throw Failure(.error, "") }
        // No transactional command waits.
        let reply = try perform(command, session, .request(request), 0, &work)!
        if command.isConditionalSet, reply.isNull { throw Failure(.mismatch, "") }
        if case .array(let parts) = reply, case .error(let failure)? = parts.first { throw failure }
        replies[place] = reply
      }
    }
    return commands.indices.map { replies[$0]! }  // Each was performed.
  }

  private mutating func end(_ session: SessionID) -> [Effect] {
    guard sessions.removeValue(forKey: session) != nil else { return [] }
    watchers.removeAll { $0.session == session }
    subscriptions.removeAll { $0.session == session }
    var work = Work()
    let owned = entries.values.filter { $0.owner == session }.sorted { $0.created < $1.created }
    for entry in owned { erase(entry, &work) }
    return commit(work)
  }

  private mutating func endOverdueWaits(_ now: Instant) -> [Effect] {
    let overdue = watchers.filter { $0.deadline ?? .max <= now }
      .sorted { ($0.deadline ?? 0, $0.id) < ($1.deadline ?? 0, $1.id) }
    return overdue.flatMap { watcher in
      endWaits {
        $0.id == watcher.id
      } reply: { _ in
        .null
      }
    }
  }

  private mutating func endWaits(
    where isOver: (Watcher) -> Bool, reply: (Watcher) -> Reply
  ) -> [Effect] {
    let over = watchers.filter { $0.handle != nil && isOver($0) }
    watchers.removeAll { watcher in over.contains { $0.id == watcher.id } }
    return over.map { $0.handle!.effect($0.session, reply($0), revision) }  // They are waits.
  }

  // MARK: Telling

  private mutating func commit(_ work: Work) -> [Effect] {
    var effects: [Effect] = []
    for change in work.seen {
      seen.append(change)
      effects += events(of: change)
    }
    effects += work.published.filter { !$0.1.isEmpty }.map { .message($0.0, $0.1, revision) }
    watchers += work.installed
    for id in work.removed {
      guard let place = watchers.firstIndex(where: { $0.id == id }) else { continue }
      let event = Event(kind: .removed, revision: revision, record: nil, previous: 0)
      let session = watchers.remove(at: place).session
      effects.append(.event(event, [Delivery(session: session, sink: .trigger(id), isLast: true)]))
    }
    let model = self
    effects += endWaits {
      model.isOver($0)
    } reply: {
      model.answer($0)
    }
    return effects
  }

  private mutating func events(of change: Change) -> [Effect] {
    var deliveries: [Event.Kind: [Delivery]] = [:]
    for watcher in watchers {
      let was = change.before.map { watcher.query.matches($0.record) } ?? false
      let isNow = change.after.map { watcher.query.matches($0.record) } ?? false
      guard was || isNow else { continue }
      let kind: Event.Kind = isNow ? .set : change.after == nil ? .del : .out
      guard let delivery = watcher.delivery(of: kind) else { continue }
      deliveries[kind, default: []].append(delivery)
      if delivery.isLast { watchers.removeAll { $0.id == watcher.id } }
    }
    return [.set, .out, .del].compactMap { kind in
      deliveries[kind].map { deliveries in
        let event = Event(
          kind: kind, revision: change.revision, record: (change.after ?? change.before)?.record,
          previous: change.before?.revision ?? 0)
        return .event(event, deliveries)
      }
    }
  }

  func isOver(_ watcher: Watcher) -> Bool {
    guard case .wait(_, let condition, _) = watcher.role else { return false }
    let count = matches(watcher.query).count
    return switch condition {
    case .match: count > 0
    case .gone: count == 0
    case .count(let wanted): count >= wanted
    }
  }

  func answer(_ watcher: Watcher) -> Reply {
    guard case .wait(_, .match, _) = watcher.role else { return .ok }
    return matches(watcher.query).first.map { .record($0.record) } ?? .null
  }

  // MARK: Parts for the commands

  /// Answers the revision of the change.
  @discardableResult
  mutating func write(
    _ record: Record, _ before: Entry?, owner: SessionID?, _ work: inout Work
  ) -> Revision {
    let change = takeRevision(record.name, work)
    let created =
      work.first(record.name).flatMap { $0.before?.created } ?? before?.created ?? change
    let entry = Entry(record: record, revision: change, created: created, owner: owner)
    entries[record.name] = entry
    work.changes.append(Change(revision: change, before: before?.stored, after: entry.stored))
    return change
  }

  mutating func erase(_ entry: Entry, _ work: inout Work) {
    let change = takeRevision(entry.record.name, work)
    entries[entry.record.name] = nil
    work.changes.append(Change(revision: change, before: entry.stored, after: nil))
  }

  /// One for each record that the step changes.
  private mutating func takeRevision(_ name: String, _ work: Work) -> Revision {
    if let first = work.first(name) { return first.revision }
    if !work.void.contains(name) { revision += 1 }
    return revision
  }

  mutating func nextID() -> Int64 {
    lastID += 1
    return lastID
  }

  func precedes(_ a: String, _ b: String) -> Bool {
    Array(a.utf8).withUnsafeBufferPointer { a in
      Array(b.utf8).withUnsafeBufferPointer { b in compareNaturally(a, b) < 0 }
    }
  }
}

extension Change {
  var name: String { (before ?? after)!.record.name }  // What was done has one of them.
}

extension NaiveEngine.Work {
  func first(_ name: String) -> Change? { changes.first { $0.name == name } }

  /// Of each record the state before the step and the state after it.
  var changed: [(name: String, revision: Revision, before: Change.Stored?, after: Change.Stored?)] {
    var names: [String] = []
    for change in changes where !names.contains(change.name) { names.append(change.name) }
    return names.map { name in
      let own = changes.filter { $0.name == name }
      return (name, own[0].revision, own[0].before, own.last!.after)  // It was changed.
    }
  }

  /// What the world sees of it.
  var seen: [Change] {
    changed.filter { $0.before != nil || $0.after != nil }.map {
      Change(revision: $0.revision, before: $0.before, after: $0.after)
    }
  }
}

extension NaiveEngine.Watcher {
  var handle: ReplyHandle? { if case .wait(let handle, _, _) = role { handle } else { nil } }
  var deadline: Instant? { if case .wait(_, _, let until) = role { until } else { nil } }

  func delivery(of kind: Event.Kind) -> Delivery? {
    switch role {
    case .trigger(let kinds, let isPersistent):
      let asked: TriggerRequest.Kinds = kind == .set ? .set : kind == .del ? .delete : .out
      guard kinds.contains(asked) else { return nil }
      return Delivery(session: session, sink: .trigger(id), isLast: !isPersistent)
    case .pattern(let source):
      return Delivery(session: session, sink: .pattern(source), isLast: false)
    case .wait: return nil
    }
  }
}

extension Command {
  fileprivate var isObserve: Bool { if case .observe = operation { true } else { false } }

  fileprivate var isConditionalSet: Bool {
    if case .set(_, let options) = operation { options.only != nil } else { false }
  }

  fileprivate var isTransactional: Bool {
    switch operation {
    case .waitFor, .cancel, .subscribe, .unsubscribe, .patternSubscribe, .patternUnsubscribe: false
    default: true
    }
  }
}

extension Reply {
  /// Alone, or with a revision or a trigger's id beside it.
  fileprivate var isNull: Bool {
    switch self {
    case .null: true
    case .array(let parts): parts.first?.isNull ?? false
    default: false
    }
  }
}
