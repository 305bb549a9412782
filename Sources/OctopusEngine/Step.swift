import OctopusRecords
import OctopusStore
import OrderedCollections

/// What the commands of one step have done so far, to be committed or undone as one.
// A class, so that it is not copied to be used again; an engine never shares one.
final class Step {
  /// Changes to records, done to the store already.
  var changes: [Change] = []
  /// Counters as they were.
  var counters: [(name: [UInt8], next: Int64?)] = []
  /// Watchers to come when the step is committed.
  var installed: OrderedDictionary<TriggerID, Watcher> = [:]
  /// What its request waits for when the step is committed.
  var wait: Wait?
  /// Which of the changes are to records of locks, semaphores and barriers, and what each has left there.
  var placed: [(change: Int, place: Place, record: Record?)] = []
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

  /// The latest change is to a record that stands there, and has left this there.
  func noteLatest(_ place: Place, _ record: Record?) {
    placed.append((changes.count - 1, place, record))
  }

  /// Makes it as new, in the same memory.
  func clear() {
    changes.clear()
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
    let step = spareStep
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
      case .publish(let record): publish(record, origin, into: &effects)
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
    let step = spareStep
    defer { step.clear() }
    var replies = [Reply](repeating: .null, count: commands.count)
    /// Of the command at work; nil: it is about all of them.
    var place: Int?
    let before = bounds.memory < .max ? footprint : 0
    do throws(Failure) {
      let order =
        commands.indices.filter { !commands[$0].isObserve }
        + commands.indices.filter { commands[$0].isObserve }
      for index in order {
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
    guard let reply = try perform(command, origin, step) else {
      preconditionFailure("only commands that block are answered later")
    }
    if case .set(_, let options) = command.operation, options.only != nil, reply.isRefusal {
      throw Failure(.mismatch, "the record is \(options.only == .absent ? "" : "not ")there")
    }
    if case .array(let parts) = reply, case .error(let failure)? = parts.first { throw failure }
    return reply
  }

  // MARK: Changing the store

  /// Sets a record, as a change with a revision of its own.
  mutating func write(
    _ record: Record, over number: RowID?, owner: SessionID?, _ step: Step
  ) throws(Failure) {
    try takeRevision()
    let before = number.map { store[$0] }
    let row = Row(
      record: record, revision: revision, created: before?.created ?? revision, owner: owner ?? 0)
    place(row, over: number)
    step.changes.append(
      Change(
        revision: revision, before: before.map(Change.Stored.init), after: Change.Stored(row)))
  }

  /// Deletes a record, as a change with a revision of its own.
  mutating func erase(_ before: Row, _ step: Step) throws(Failure) {
    try erase(before, Place(before.record), step)
  }

  /// The same, where it is known whether and where the record stands.
  mutating func erase(_ before: Row, _ place: Place?, _ step: Step) throws(Failure) {
    // Whoever has a row has one that is there.
    try erase(find(before.record)!, place, step)
  }

  mutating func erase(_ number: RowID, _ place: Place?, _ step: Step) throws(Failure) {
    try takeRevision()
    let before = displace(number)
    step.changes.append(
      Change(revision: revision, before: Change.Stored(before), after: nil))
    if let place { step.noteLatest(place, nil) }
  }

  mutating func takeRevision() throws(Failure) {
    guard revision + 1 < Limits.revision else {
      throw Failure(.limit, "all revisions below 2^53 are used")
    }
    revision += 1
  }

  private mutating func undo(_ step: Step) {
    for change in step.changes.reversed() {
      if let after = change.after { displace(find(after.record)!) }  // It was placed.
      if let before = change.before {
        place(Row(before), over: before.record.withContents { store.find($0.name) })
      }
      revision -= 1
    }
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
    store.erase(number)
    if row.owner != 0 { sessions[row.owner]?.owned[row.created] = nil }
    return row
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
