import OctopusRecords

// How a step's changes take effect.

extension Engine {
  /// Brings all tables up to date with a transaction, and appends its effects, but for the replies
  /// of its own commands.
  mutating func commit(_ transaction: Transaction, into effects: inout [Effect]) {
    records.limitsWrites = false
    if transaction.hasUnappliedQueueChanges {
      let held = records.budget.withhold(allBut: partWork)
      queues.apply(transaction, to: &records)
      records.budget.giveBack(held)
    }
    if let changeLog { transaction.report(to: changeLog) }
    if !transaction.changes.isEmpty { notify(of: transaction, into: &effects) }
    for message in transaction.messages {
      effects.append(.message(message.record, message.subscribers, records.revision))
    }
    for (id, trigger) in transaction.installed {
      watches.insert(trigger, id: id, sessions.changeAccount(of: trigger.session))
    }
    for id in transaction.removed { removeTrigger(id, into: &effects) }
    resumeFulfilled(watches.takeConditionChanges(), into: &effects)
    completeWaits(of: transaction, into: &effects)
  }

  /// Appends the effects of a change that is a step by itself.
  mutating func notify(of change: @autoclosure () -> Change, into effects: inout [Effect]) {
    guard changeLog != nil || !watches.isEmpty else { return }
    let change = change()
    changeLog?.append(change)
    guard !watches.isEmpty else { return }
    records.spendOnWatchers(watches.notify(of: change, into: &effects))
    resumeFulfilled(watches.takeConditionChanges(), into: &effects)
  }

  mutating func undo(_ transaction: Transaction) {
    records.undo(transaction)
    watches.returnIDs(transaction.installed.count + (transaction.wait == nil ? 0 : 1))
  }

  /// Appends the events of the changes, in the order of their revisions.
  private mutating func notify(of transaction: Transaction, into effects: inout [Effect]) {
    guard !watches.isEmpty else { return }
    var counts: [SessionID: Int] = [:]
    let mayOverflow =
      transaction.changes.count > 1
      && transaction.changes.count * watches.count > bounds.stepEvents
    for change in transaction.changes {
      let first = effects.count
      records.spendOnWatchers(watches.notify(of: change, into: &effects))
      if mayOverflow { endOverflowing(&counts, by: first, &effects) }
    }
  }

  /// Counts the latest events for each session. A session that gets more than one step may have for
  /// it stops watching, and overflows.
  private mutating func endOverflowing(
    _ counts: inout [SessionID: Int], by first: Int, _ effects: inout [Effect]
  ) {
    for case .event(_, let deliveries) in effects[first...] {
      for delivery in deliveries {
        counts[delivery.session, default: 0] += 1
        // Only once, since it gets no more.
        guard counts[delivery.session] == bounds.stepEvents + 1 else { continue }
        watches.silence(delivery.session)
        effects.append(.overflow(delivery.session, .events))
      }
    }
  }

  /// Sessions whose regular expressions have cost too much get no more events or messages.
  mutating func endThoseCut(into effects: inout [Effect]) {
    for owner in meter.takeCut() where sessions.isOpen(owner.id) {
      watches.silence(owner.id)
      effects.append(.overflow(owner.id, .patterns))
    }
  }

  private mutating func removeTrigger(_ id: TriggerID, into effects: inout [Effect]) {
    guard let trigger = watches.remove(id) else { return }
    let event = Event(kind: .removed, revision: records.revision, record: nil, previous: 0)
    let delivery = Delivery(session: trigger.session, sink: .trigger(id), isLast: true)
    effects.append(.event(event, [delivery]))
  }

  /// Answers the waits that the queues have completed; then the step's own begins, if it is not
  /// among them.
  private mutating func completeWaits(
    of transaction: Transaction, into effects: inout [Effect]
  ) {
    for (id, reply) in transaction.completions {
      guard transaction.wait?.id == id, let own = transaction.wait.take() else {
        resume(id, with: reply, into: &effects)
        continue
      }
      effects.append(own.handle.effect(own.session, reply, records.revision))
    }
    if let wait = transaction.wait.take() { begin(wait) }
  }
}
