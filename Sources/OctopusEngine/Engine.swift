import HeapModule
import OctopusCollections
import OctopusMatching
import OctopusRecords
import OctopusStore

/// The coordination engine: records with triggers, subscriptions, waits, locks, semaphores and
/// barriers.
///
/// It is one function: inputs and the time in, effects out. No I/O, no clock, no threads, no
/// dependence on the order of a hash table: the same inputs give the same effects.
///
/// A step runs its commands on the tables of records and notes the changes in a transaction. If a
/// command fails, the transaction is undone. Otherwise it is committed: the queues are brought up
/// to date and grant what is free, watchers get events, waits that are fulfilled end, and the
/// step's own replies come last. Each table keeps its own invariants; the engine only orders these
/// phases.
package struct Engine: ~Copyable {
  var records: RecordTable
  var sessions = SessionTable()
  var watches: WatchTable
  var waits = WaitTable()
  var syncs = SyncTable()
  var subscriptions: SubscriptionTable
  var queues = QueueTable()
  let background = BackgroundWork()

  let bounds: Bounds
  /// Gets all changes.
  package let changeLog: (any ChangeLog)?
  /// What matching costs the users of regular expressions.
  let meter: MatchMeter
  /// Used by every step, one after the other.
  let transaction = Transaction(after: 0)

  /// The revision of the last change before the step that runs.
  // Stored here too: an engine that is lent to be read is copied to the stack, byte by byte.
  package internal(set) var revision: Revision

  /// From this revision on, commands that would change something are refused with READONLY. The
  /// host keeps it below the revisions that it can vouch for, so that some are left for steps that
  /// cannot be refused: sessions and waits that end, and grants that follow.
  package var revisionLimit: Revision = .max

  /// Why commands that would change something are refused, whatever the revision; nil: they are
  /// not.
  package var readOnly: ReadOnlyReason?

  /// - Parameters:
  ///   - firstRevision: every change gets a revision above it.
  ///   - memoryLimit: the `footprint`, in bytes, above which nothing may grow; nil: none.
  ///   - stepBudget: how much work a command or a transaction may take; see `Work`.
  ///   - changeLog: gets all changes, for a host that keeps a journal.
  package init(
    after firstRevision: Revision = 0, memoryLimit: Int? = nil, stepBudget: Int = Work.stepBudget,
    changeLog: (any ChangeLog)? = nil
  ) {
    self.init(
      after: firstRevision, changeLog: changeLog,
      Bounds(stepBudget: stepBudget, memory: memoryLimit ?? .max))
  }

  init(
    after firstRevision: Revision = 0, changeLog: (any ChangeLog)? = nil, _ bounds: Bounds
  ) {
    meter = MatchMeter(limit: bounds.watchWork)
    watches = WatchTable(meter)
    subscriptions = SubscriptionTable(meter)
    records = RecordTable(after: firstRevision, watches.load, bounds)
    revision = firstRevision
    self.changeLog = changeLog
    self.bounds = bounds
  }

  /// Takes one input, and appends its effects to `effects` in order: events and messages
  /// first, then replies, the step's own last. The change log gets the changes before that.
  ///
  /// Requests of a session that has ended are dropped.
  package mutating func step(
    _ input: consuming Input, now: Instant, into effects: inout [Effect]
  ) {
    if let deadline = waits.deadlines.next, deadline <= now {
      expireWaits(now: now, into: &effects)
    }
    records.beginStep()
    meter.beginStep()
    defer {
      if meter.hasNewlyCut { endThoseCut(into: &effects) }
      if waits.deadlines.next != nil { waits.dropDeadlinesOfEndedWaits() }
      records.refusesWrites = false
      records.limitsWrites = false
      revision = records.revision
    }
    switch consume input {
    case .opened(let session, let principal): sessions.open(session, principal)
    case .ended(let session): end(session, into: &effects)
    case .request(let session, let request, let command):
      guard sessions.isOpen(session) else { return }
      records.refusesWrites = refusesChanges && !command.operation.traits.contains(.givesBack)
      let origin = Origin(session, request, now, tag: command.deferTag)
      if origin.tag != nil, !acknowledgeDeferred(origin, into: &effects) { return }
      run(command, origin, into: &effects)
    case .transaction(let session, let request, let commands):
      guard sessions.isOpen(session) else { return }
      records.refusesWrites = refusesChanges
      run(commands, Origin(session, request, now), into: &effects)
    case .cancelled(let session, let request):
      cancel(request, of: session, into: &effects)
    case .tick: break
    case .durable(let revision): noteDurable(revision, into: &effects)
    case .work: carryOn(now: now, into: &effects)
    }
  }

  /// Has the memory fetched that commands on records of these names will read. Changes nothing.
  package func prefetch(_ names: [NameHash]) { records.prefetch(names) }

  /// When the host must call with `.tick` at the latest; nil if no wait has a deadline.
  package var nextDeadline: Instant? { waits.deadlines.next }

  /// The work of the last step, or of the last part of one, and by how much that was less than its
  /// budget; below zero: more.
  package var lastWork: (spent: Int, left: Int) { (records.budget.spent, records.budget.left) }

  /// The host's duties after a step: a timer for `nextDeadline`, `hasPatternWork`, `hasWork`, and
  /// to sync the journal for SYNC. Besides, the bytes of all records that were ever replaced or
  /// deleted, for a host that bounds what replies keep alive.
  // Mutating only in name: an engine that is lent to be read is copied to the stack, byte by byte.
  package mutating func duties() -> (
    deadline: Instant?, patterns: Bool, work: Bool, sync: Bool, discarded: Int
  ) {
    (waits.deadlines.next, hasPatternWork, hasWork, waitsForDisk, records.discardedBytes)
  }
}

// MARK: Steps

extension Engine {
  /// Runs one command as a step.
  mutating func run(_ command: Command, _ origin: Origin, into effects: inout [Effect]) {
    records.limitsWrites = true
    if command.isPlain, runWithoutTransaction(command.operation, origin, into: &effects) { return }
    let before = limitedSize
    transaction.begin(after: records.revision)
    defer { transaction.clear() }
    do throws(Failure) {
      let reply = try perform(command, origin, in: transaction)
      if let before { try checkGrowth(transaction, from: before) }
      commit(transaction, into: &effects)
      if let reply {
        effects.append(origin.handle.effect(origin.session, reply, records.revision))
      }
    } catch {
      undo(transaction)
      if error == .needsIndex, suspend(.command(command), origin) { return }
      if error.code == .limit, let deletion = deletion(command, origin) {
        background.deletions.append(deletion)
      } else {
        effects.append(origin.handle.effect(origin.session, .error(error), records.revision))
      }
    }
  }

  /// Lets a request wait for the index that it needs; false if it may not.
  private mutating func suspend(_ body: SuspendedRequest.Body, _ origin: Origin) -> Bool {
    do throws(Failure) {
      try background.suspend(body, origin)
      return true
    } catch { return false }
  }

  /// Runs an operation with nothing to undo: one that changes no table, or fails before its one
  /// change. False for all others.
  private mutating func runWithoutTransaction(
    _ operation: Operation, _ origin: Origin, into effects: inout [Effect]
  ) -> Bool {
    do throws(Failure) {
      switch operation {
      case .publish(let record): try publish(record, origin, into: &effects)
      case .lock(let request): try lock(request, origin, into: &effects)
      case .unlock(let name, let task):
        try unlock(name, Holder(origin.session, task: task), origin, into: &effects)
      default:
        guard var outcome = try read(operation) else { return false }
        effects.append(
          .reply(origin.session, origin.request, outcome.takeReply(), records.revision))
      }
    } catch {
      if error == .needsIndex, suspend(.command(Command(operation)), origin) { return true }
      effects.append(origin.handle.effect(origin.session, .error(error), records.revision))
    }
    return true
  }

  /// Runs several commands as a step: all, or, where one fails, none.
  ///
  /// An OBSERVE among them answers the state after all of them, since its events begin there.
  mutating func run(
    _ commands: [Command], _ origin: Origin, into effects: inout [Effect]
  ) {
    records.limitsWrites = true
    let before = limitedSize
    transaction.begin(after: records.revision)
    defer { transaction.clear() }
    var replies = [Reply](repeating: .null, count: commands.count)
    /// The command that runs; nil: errors are about all of them.
    var current: Int?
    do throws(Failure) {
      for index in commands.indices where !commands[index].isObserve {
        current = index
        replies[index] = try performInTransaction(commands[index], origin)
      }
      if transaction.hasVoidChanges { dropVoidChanges(commands, &replies) }
      for index in commands.indices where commands[index].isObserve {
        current = index
        replies[index] = try performInTransaction(commands[index], origin)
      }
      current = nil
      if let before { try checkGrowth(transaction, from: before) }
      commit(transaction, into: &effects)
      effects.append(.reply(origin.session, origin.request, .array(replies), records.revision))
    } catch {
      undo(transaction)
      if error == .needsIndex, suspend(.transaction(commands), origin) { return }
      var failure = error
      if let current {
        failure.message = "command \(current + 1) of \(commands.count): \(error.message)"
      }
      effects.append(.reply(origin.session, origin.request, .error(failure), records.revision))
    }
  }

  private mutating func performInTransaction(
    _ command: Command, _ origin: Origin
  ) throws(Failure) -> Reply {
    guard command.operation.traits.contains(.transactional) else {
      throw Failure(
        .error,
        "what blocks, deferred or not, tries, cancels or subscribes cannot be in a transaction")
    }
    // Its answer could not show what the queues become when the transaction is committed.
    guard !command.isObserve || transaction.queueChanges.isEmpty else {
      throw Failure(
        .error,
        "OBSERVE cannot be in a transaction that changes a lock, a semaphore or a barrier")
    }
    guard let reply = try perform(command, origin, in: transaction) else {
      preconditionFailure("no command that waits is transactional")
    }
    if case .set(_, let options) = command.operation, options.only != nil, reply.isRefusal {
      throw Failure(.mismatch, "the record is \(options.only == .absent ? "" : "not ")there")
    }
    if case .array(let parts) = reply, case .error(let failure)? = parts.first { throw failure }
    return reply
  }

  /// Removes the changes of records that the transaction created and deleted, from the records and
  /// from the replies that show revisions.
  private mutating func dropVoidChanges(_ commands: [Command], _ replies: inout [Reply]) {
    let map = records.dropVoidChanges(of: transaction)
    for index in commands.indices where commands[index].wantsRevision {
      guard case .array(var parts) = replies[index], case .integer(let shown)? = parts.last
      else { continue }
      parts[parts.count - 1] = .integer(map[shown])
      replies[index] = .array(parts)
    }
  }
}

extension Command {
  fileprivate var isObserve: Bool { if case .observe = operation { true } else { false } }

  /// Whether it is answered with the operation's reply alone.
  fileprivate var isPlain: Bool { trigger == nil && !wantsRevision }
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
