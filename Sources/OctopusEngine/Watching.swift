import OctopusRecords
import OctopusStore

// Triggers, OBSERVE, and what a committed step tells whom.

extension Engine {
  /// Installs a trigger beside an outcome; answers its id, or null if `WHEN` does not hold.
  mutating func install(
    _ request: TriggerRequest, _ outcome: Outcome, _ watched: Query?, _ session: SessionID,
    _ step: Step
  ) throws(Failure) -> Reply {
    guard let query = watched else {
      throw Failure(.syntax, "TRIGGER takes exactly one query")
    }
    switch request.when {
    case .found where !outcome.isFound, .missing where outcome.isFound: return .null
    default: break
    }
    let role = Watcher.Role.trigger(request.kinds, isPersistent: request.isPersistent)
    return .integer(try add(Watcher(session: session, query: query, role: role), step))
  }

  /// Gives a watcher its id; it begins to watch when the step is committed.
  mutating func add(_ watcher: Watcher, _ step: Step) throws(Failure) -> TriggerID {
    let id = try nextWatchID(of: watcher.session, step.installed.count)
    step.installed[id] = watcher
    return id
  }

  /// An id for another trigger or wait of a session, beside those that its step has installed.
  mutating func nextWatchID(of session: SessionID, _ installed: Int) throws(Failure) -> Int64 {
    let held = sessions[session].map { $0.watchers.count + $0.waits.count } ?? 0
    guard held + installed < bounds.watchesPerSession else {
      throw Failure(
        .limit, "this session has \(bounds.watchesPerSession) triggers and waits already")
    }
    lastID += 1
    return lastID
  }

  mutating func untrigger(
    _ id: TriggerID, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    let known = step.installed[id] ?? watchers[id]
    guard let known, known.session == session, case .trigger = known.role,
      !step.removed.contains(id)
    else { throw Failure(.noTrigger, "this session has no trigger \(id)") }
    step.removed.append(id)
    return .integer(1)
  }

  mutating func observe(
    _ query: Query, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    let records = try records(query, Page(), session)
    let role = Watcher.Role.trigger(.any, isPersistent: true)
    let id = try add(Watcher(session: session, query: query, role: role), step)
    return .array([.integer(id), .integer(revision), .records(records)])
  }

  // MARK: Committing

  /// Tells the world what a step has done: changes and their events in order, messages, `removed`
  /// events; then lets the step's own watchers begin, and ends waits.
  mutating func commit(_ step: Step, into effects: inout [Effect]) {
    // Grants may change more records, and again those that the step has changed before.
    while step.settled < step.placed.count { settle(step) }
    var touched: [TriggerID] = []
    var told: [SessionID: Int] = [:]
    let mayOverflow =
      step.changes.count > 1 && step.changes.count * watchers.count > bounds.stepEvents
    // By index: a change is not copied where nobody watches.
    for index in step.changes.indices {
      if reportsChanges { effects.append(.change(step.changes[index])) }
      let first = effects.count
      if watches.count > 0 { tell(step.changes[index], &touched, into: &effects) }
      if mayOverflow { boundEvents(from: first, &told, &effects) }
    }
    for message in step.published {
      effects.append(.message(message.record, message.subscribers, revision))
    }
    for (id, watcher) in step.installed { begin(id, watcher) }
    for id in step.removed { tellRemoved(id, into: &effects) }
    endConditions(touched, into: &effects)
    conclude(step, into: &effects)
  }

  /// Tells the world of a change that is a step by itself.
  mutating func announce(_ change: @autoclosure () -> Change, into effects: inout [Effect]) {
    guard reportsChanges || watches.count > 0 else { return }
    let change = change()
    if reportsChanges { effects.append(.change(change)) }
    var touched: [TriggerID] = []
    tell(change, &touched, into: &effects)
    endConditions(touched, into: &effects)
  }

  /// Counts the latest events for each session, and ends what one hears that was told too much.
  private mutating func boundEvents(
    from first: Int, _ told: inout [SessionID: Int], _ effects: inout [Effect]
  ) {
    for case .event(_, let deliveries) in effects[first...] {
      for delivery in deliveries {
        told[delivery.session, default: 0] += 1
        // Once, since it hears nothing more.
        guard told[delivery.session] == bounds.stepEvents + 1 else { continue }
        for id in sessions[delivery.session]?.watchers ?? [] { drop(id) }
        for id in sessions[delivery.session]?.waits.all ?? [] { drop(wait: id) }
        effects.append(.overflow(delivery.session))
      }
    }
  }

  mutating func begin(_ id: TriggerID, _ watcher: Watcher) {
    watchers[id] = watcher
    watchFootprint += watcher.footprint
    watches.insert(watcher.query, id: id)
    sessions[watcher.session]?.watchers.insert(id)
  }

  /// Removes a watcher without a word.
  @discardableResult
  mutating func drop(_ id: TriggerID) -> Watcher? {
    guard let watcher = watchers.removeValue(forKey: id) else { return nil }
    watchFootprint -= watcher.footprint
    watches.remove(id: id)
    sessions[watcher.session]?.watchers.remove(id)
    return watcher
  }

  private mutating func tellRemoved(_ id: TriggerID, into effects: inout [Effect]) {
    guard let watcher = drop(id) else { return }
    let event = Event(kind: .removed, revision: revision, record: nil, previous: 0)
    let delivery = Delivery(session: watcher.session, sink: .trigger(id), isLast: true)
    effects.append(.event(event, [delivery]))
  }

  /// Finds who watches a record before or after a change, and tells each what it is to them.
  private mutating func tell(
    _ change: Change, _ touched: inout [TriggerID], into effects: inout [Effect]
  ) {
    var before: [TriggerID] = []
    var after: [TriggerID] = []
    if let record = change.before?.record { watches.collect(record, into: &before) }
    if let record = change.after?.record { watches.collect(record, into: &after) }
    var sets: [Delivery] = []
    var outs: [Delivery] = []
    for id in after { hear(id, .set, change, wasIn: before, &touched, &sets) }
    let leaving = before.filter { !after.containsSorted($0) }
    let kind: Event.Kind = change.after == nil ? .del : .out
    for id in leaving { hear(id, kind, change, wasIn: before, &touched, &outs) }
    emit(.set, change, sets, into: &effects)
    emit(kind, change, outs, into: &effects)
  }

  private mutating func hear(
    _ id: TriggerID, _ kind: Event.Kind, _ change: Change, wasIn before: [TriggerID],
    _ touched: inout [TriggerID], _ deliveries: inout [Delivery]
  ) {
    guard let session = watchers[id]?.session ?? waits[id]?.session,
      let record = (change.after ?? change.before)?.record, isVisible(record, to: session)
    else { return }
    guard let watcher = watchers[id] else {
      count(by: kind != .set ? -1 : before.containsSorted(id) ? 0 : 1, in: id)
      touched.append(id)
      return
    }
    switch watcher.role {
    case .trigger(let kinds, let isPersistent):
      guard kinds.contains(kind.asked) else { return }
      deliveries.append(
        Delivery(session: watcher.session, sink: .trigger(id), isLast: !isPersistent))
      if !isPersistent { drop(id) }
    case .pattern(let source):
      deliveries.append(
        Delivery(session: watcher.session, sink: .pattern(source), isLast: false))
    }
  }

  private func emit(
    _ kind: Event.Kind, _ change: Change, _ deliveries: [Delivery], into effects: inout [Effect]
  ) {
    guard !deliveries.isEmpty else { return }
    let event = Event(
      kind: kind, revision: change.revision, record: (change.after ?? change.before)?.record,
      previous: change.before?.revision ?? 0)
    effects.append(.event(event, deliveries))
  }
}

extension Event.Kind {
  /// What a trigger must have asked for to hear of it.
  fileprivate var asked: TriggerRequest.Kinds {
    switch self {
    case .set: .set
    case .del: .delete
    case .out: .out
    case .removed: []
    }
  }
}

extension [TriggerID] {
  func containsSorted(_ id: TriggerID) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == id
  }
}
