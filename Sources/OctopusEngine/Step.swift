import OctopusRecords
import OctopusStore
import OrderedCollections

/// What the commands of one step have done so far, to be committed or undone as one.
///
/// A record changes at most once in a step: a second write to it alters the change that is there, which
/// keeps its revision and its state before the step.
// A class, so that it is not copied to be used again; an engine never shares one.
final class Step {
  /// The revision before the step. `changes[i]` has the revision `base + 1 + i`.
  var base: Revision
  /// Changes to records, done to the store already. One whose record was created and deleted by this step
  /// has neither a state before nor after it.
  var changes: [Change] = []
  /// How many changes have no state after them.
  var deletions = 0
  /// The changes by the names of their records, as far as they were needed.
  var indices: [[UInt8]: Int] = [:]
  var indexedChanges = 0
  /// Counters as they were.
  var counters: [(name: [UInt8], next: Int64?)] = []
  /// Watchers to come when the step is committed.
  var installed: OrderedDictionary<TriggerID, Watcher> = [:]
  /// What its request waits for when the step is committed.
  var wait: Wait?
  /// The changes to records of locks, semaphores and barriers, in order, each for itself.
  var placed: [QueueChange] = []
  /// How many of these the queues have been brought up to.
  var settled = 0
  /// What waits have come to.
  var answers: [(id: WaitID, reply: Reply)] = []
  /// Of the member that it makes.
  var claim: Claim?
  /// The number of the party whose record goes because it leaves its barrier.
  var leaving: Int64?
  /// Triggers to go when the step is committed.
  var removed: OrderedSet<TriggerID> = []
  /// Published records with who hears of them.
  var published: [(record: Record, subscribers: [Subscriber])] = []
  /// How many messages that makes.
  var messages = 0

  init(after base: Revision) { self.base = base }

  /// Makes it as new, in the same memory.
  func clear() {
    changes.clear()
    deletions = 0
    if !indices.isEmpty { indices = [:] }
    indexedChanges = 0
    counters.clear()
    if !installed.isEmpty { installed = [:] }
    if wait != nil { wait = nil }
    placed.clear()
    settled = 0
    answers.clear()
    if claim != nil { claim = nil }
    leaving = nil
    if !removed.isEmpty { removed = [] }
    published.clear()
    messages = 0
  }
}

extension Array {
  /// Much memory is not kept.
  fileprivate mutating func clear() {
    guard !isEmpty else { return }
    if capacity > 16 { self = [] }
    while popLast() != nil {}
  }
}

extension Engine {
  /// Runs one command as a step.
  mutating func run(_ command: Command, _ origin: Origin, into effects: inout [Effect]) {
    if origin.tag != nil { return runDeferred(command, origin, into: &effects) }
    carryOut(command, origin, into: &effects)
  }

  mutating func carryOut(_ command: Command, _ origin: Origin, into effects: inout [Effect]) {
    if command.trigger == nil, !command.wantsRevision,
      carryOutAtOnce(command.operation, origin, into: &effects)
    {
      return
    }
    let step = beginStep()
    defer { step.clear() }
    let before = bounds.memory < .max ? footprint : 0
    do throws(Failure) {
      let reply = try perform(command, origin, step)
      if bounds.memory < .max { try checkMemory(step, before: before) }
      commit(step, into: &effects)
      if let reply {
        effects.append(origin.handle.effect(origin.session, reply, revision))
      }
    } catch {
      undo(step)
      effects.append(origin.handle.effect(origin.session, .error(error), revision))
    }
  }

  /// Carries out what has nothing to be undone, and so needs no `Step`: it leaves everything as it is
  /// (reads, PUBLISH), or fails before its one change (LOCK, UNLOCK). False for all else.
  private mutating func carryOutAtOnce(
    _ operation: Operation, _ origin: Origin, into effects: inout [Effect]
  ) -> Bool {
    do throws(Failure) {
      switch operation {
      case .publish(let record): try publish(record, origin, into: &effects)
      case .lock(let request): try lock(request, origin, into: &effects)
      case .unlock(let name, let who): try unlock(name, who, origin, into: &effects)
      default:
        guard var outcome = try look(operation, origin.session) else { return false }
        effects.append(.reply(origin.session, origin.request, outcome.takeReply(), revision))
      }
    } catch {
      effects.append(origin.handle.effect(origin.session, .error(error), revision))
    }
    return true
  }

  /// Runs several commands as a step: all, or, where one fails, none.
  ///
  /// An OBSERVE among them answers the state after all of them, since its events begin there.
  mutating func run(_ commands: [Command], _ origin: Origin, into effects: inout [Effect]) {
    let step = beginStep()
    defer { step.clear() }
    var replies = [Reply](repeating: .null, count: commands.count)
    /// Of the command at work; nil: it is about all of them.
    var place: Int?
    let before = bounds.memory < .max ? footprint : 0
    do throws(Failure) {
      for index in commands.indices where !commands[index].isObserve {
        place = index
        replies[index] = try performInTransaction(commands[index], origin, step)
      }
      if step.hasVoidChanges { dropVoidChanges(step, commands, &replies) }
      for index in commands.indices where commands[index].isObserve {
        place = index
        replies[index] = try performInTransaction(commands[index], origin, step)
      }
      place = nil
      if bounds.memory < .max { try checkMemory(step, before: before) }
      commit(step, into: &effects)
      effects.append(.reply(origin.session, origin.request, .array(replies), revision))
    } catch {
      undo(step)
      var failure = error
      if let place {
        failure.message = "command \(place + 1) of \(commands.count): \(error.message)"
      }
      effects.append(.reply(origin.session, origin.request, .error(failure), revision))
    }
  }

  private mutating func performInTransaction(
    _ command: Command, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Reply {
    guard !command.operation.isBlocking, !command.operation.standsAlone else {
      throw Failure(
        .error,
        "what blocks, deferred or not, tries, cancels or subscribes cannot be in a transaction")
    }
    // Its answer could not show what the queues become when the transaction is committed.
    guard !command.isObserve || step.placed.isEmpty else {
      throw Failure(
        .error,
        "OBSERVE cannot be in a transaction that changes a lock, a semaphore or a barrier")
    }
    guard let reply = try perform(command, origin, step) else {
      preconditionFailure("only commands that block are answered later")
    }
    if case .set(_, let options) = command.operation, options.only != nil, reply.isRefusal {
      throw Failure(.mismatch, "the record is \(options.only == .absent ? "" : "not ")there")
    }
    if case .array(let parts) = reply, case .error(let failure)? = parts.first { throw failure }
    return reply
  }

  /// Removes the changes of records that this step created and deleted, and moves the later revisions down: in
  /// the step, the store and the replies.
  private mutating func dropVoidChanges(
    _ step: Step, _ commands: [Command], _ replies: inout [Reply]
  ) {
    let map = step.dropVoidChanges()
    for change in step.changes {
      guard let after = change.after, let number = find(after.record) else { continue }
      let before = store[number]
      store.renumber(number, revision: after.revision, created: after.created)
      guard before.owner != 0, before.created != after.created else { continue }
      sessions[before.owner]?.owned[before.created] = nil
      sessions[before.owner]?.owned[after.created] = number
    }
    revision = map[revision]
    for index in commands.indices where commands[index].wantsRevision {
      guard case .array(var parts) = replies[index], case .integer(let shown)? = parts.last
      else { continue }
      parts[parts.count - 1] = .integer(map[shown])
      replies[index] = .array(parts)
    }
  }

  private func beginStep() -> Step {
    spareStep.base = revision
    return spareStep
  }

  // MARK: Changing the store

  /// Sets a record, and answers the revision of its change: a new one, unless this step has changed the
  /// record before.
  @discardableResult
  mutating func write(
    _ record: Record, over number: RowID?, owner: SessionID?, _ step: Step
  ) throws(Failure) -> Revision {
    let before = number.map { store[$0] }
    if let change = step.earlierChange(to: before, record) {
      return rewrite(record, over: number, before, owner, change, step)
    }
    try takeRevision()
    let row = Row(
      record: record, revision: revision, created: before?.created ?? revision, owner: owner ?? 0)
    place(row, over: number)
    step.changes.append(
      Change(
        revision: revision, before: before.map(Change.Stored.init), after: Change.Stored(row)))
    return revision
  }

  /// Sets a record that this step has changed before.
  // Not inlined: almost every write is the step's first to its record.
  @inline(never)
  private mutating func rewrite(
    _ record: Record, over number: RowID?, _ before: Row?, _ owner: SessionID?, _ change: Int,
    _ step: Step
  ) -> Revision {
    let revision = step.changes[change].revision
    let created = step.changes[change].before?.created ?? before?.created ?? revision
    let row = Row(record: record, revision: revision, created: created, owner: owner ?? 0)
    place(row, over: number)
    step.rewrite(change, as: row)
    return revision
  }

  /// Deletes a record, as a change of this step.
  mutating func erase(_ before: Row, _ step: Step) throws(Failure) {
    try erase(before, Place(before.record), step)
  }

  /// The same, where it is known whether and where the record stands.
  mutating func erase(_ before: Row, _ place: Place?, _ step: Step) throws(Failure) {
    // Whoever has a row has one that is there.
    try erase(find(before.record)!, place, step)
  }

  mutating func erase(_ number: RowID, _ place: Place?, _ step: Step) throws(Failure) {
    let row = store[number]
    let change = step.change(of: row)
    if change == nil { try takeRevision() }
    displace(row, number)
    let end = step.erase(change, row, at: revision)
    if let place { step.noteQueue(place, nil, at: end) }
  }

  mutating func takeRevision() throws(Failure) {
    guard !refusesChanges else {
      throw Failure(
        .readOnly, "the revision mark on disk cannot be raised now: INFO persistence says why")
    }
    guard revision + 1 < Limits.revision else {
      throw Failure(.limit, "all revisions below 2^53 are used")
    }
    revision += 1
  }

  private mutating func undo(_ step: Step) {
    for change in step.changes.reversed() {
      if let after = change.after { displace(find(after.record)!) }  // It was placed.
      if let before = change.before { place(Row(before), over: nil) }
    }
    revision = step.base
    for counter in step.counters.reversed() {
      store.setCounter(counter.name, to: counter.next)
    }
    // Nobody has heard of these ids.
    lastID -= Int64(step.installed.count) + (step.wait == nil ? 0 : 1)
  }

  /// Writes a row, over the one that is there under its name, and notes who owns it.
  mutating func place(_ row: Row, over before: RowID?) {
    let owner = before.map { store[$0].owner } ?? 0
    let number = store.write(row, over: before)
    guard owner != row.owner else { return }
    if owner != 0 { sessions[owner]?.owned[row.created] = nil }
    if row.owner != 0 { sessions[row.owner]?.owned[row.created] = number }
  }

  /// Removes a row that is there, and answers it.
  @discardableResult
  mutating func displace(_ number: RowID) -> Row {
    let row = store[number]
    displace(row, number)
    return row
  }

  private mutating func displace(_ row: Row, _ number: RowID) {
    store.erase(number)
    if row.owner != 0 { sessions[row.owner]?.owned[row.created] = nil }
  }
}

extension Command {
  fileprivate var isObserve: Bool { if case .observe = operation { true } else { false } }
}

extension Operation {
  /// Whether it is a step by itself or none.
  fileprivate var standsAlone: Bool {
    switch self {
    case .subscribe, .unsubscribe, .patternSubscribe, .patternUnsubscribe, .cancel, .tryPermits:
      true
    default: false
    }
  }
}

extension Reply {
  /// Whether SET answered that NX or XX does not hold, alone or with a revision or a trigger's id.
  fileprivate var isRefusal: Bool {
    switch self {
    case .null: true
    case .array(let parts): if case .null? = parts.first { true } else { false }
    default: false
    }
  }
}

extension Change.Stored {
  init(_ row: Row) {
    self.init(
      record: row.record, revision: row.revision, created: row.created,
      owner: row.owner == 0 ? nil : row.owner)
  }
}

extension Row {
  init(_ stored: Change.Stored) {
    self.init(
      record: stored.record, revision: stored.revision, created: stored.created,
      owner: stored.owner ?? 0)
  }
}
