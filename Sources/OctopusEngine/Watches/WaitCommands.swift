import OctopusRecords
import OctopusStore

// WAITFOR, DEFER, CANCEL, and how waits of every kind end.

extension Engine {
  /// WAITFOR: answers at once if the condition holds or there is no time to wait.
  mutating func waitFor(
    _ query: Query, _ kind: WaitCondition, timeout: Int64?
  ) throws(Failure) -> Answer {
    let most: Int? = if case .count(let count) = kind { max(count, 1) } else { nil }
    let matches = try records.count(query, most: kind == .match ? 1 : most)
    let condition = Condition(query: query, kind: kind, matches: matches)
    if condition.holds { return .reply(kind == .match ? try firstMatch(of: query) : .ok) }
    return timeout == 0 ? .reply(.null) : .wait(for: .condition(condition))
  }

  private func firstMatch(of query: Query) throws(Failure) -> Reply {
    try records.first(query).map { .record($0.record) } ?? .null
  }

  /// Acknowledges a deferred command, whose reply, even if it is known at once, comes with its tag;
  /// false if the tag is in use, which is the one error that is answered at once.
  mutating func acknowledgeDeferred(_ origin: Origin, into effects: inout [Effect]) -> Bool {
    let isInUse =
      waits.wait(of: origin.session, origin.handle) != nil
      || origin.tag.map { background.isSuspended(origin.session, tag: $0) } ?? false
    let failure = Failure(.busy, "the tag is in use: this session waits with it")
    effects.append(
      .reply(
        origin.session, origin.request, isInUse ? .error(failure) : .deferred, records.revision))
    return !isInUse
  }

  /// CANCEL: ends the wait with this tag, if there is one, without an answer.
  mutating func cancel(
    tag: [UInt8], of session: SessionID, in transaction: Transaction
  ) throws(Failure) -> Reply {
    guard let wait = waits.wait(of: session, .tag(tag)) else {
      return .integer(background.drop(session, tag: tag) ? 1 : 0)
    }
    try withdraw(wait, in: transaction)
    remove(wait.id)
    return .integer(1)
  }

  // MARK: The life of a wait

  mutating func begin(_ wait: Wait) {
    waits.insert(wait)
    switch wait.subject {
    case .condition(let condition):
      watches.insertCondition(
        condition.query, id: wait.id, of: wait.session, sessions.changeAccount(of: wait.session))
    case .leaving(let barrier, let holder):
      queues.barriers.setWait(wait.id, of: holder, in: barrier)
    case .durability(let revision):
      syncs.append(revision, wait.id)
      syncs.dropEnded(besides: waits)
    case .member: break
    }
  }

  @discardableResult
  mutating func remove(_ id: WaitID) -> Wait? {
    guard let wait = waits.remove(id) else { return nil }
    if case .condition = wait.subject { watches.removeCondition(id) }
    return wait
  }

  /// Answers a waiting request. Does nothing if its wait has ended before, or its session.
  mutating func resume(_ id: WaitID, with reply: Reply, into effects: inout [Effect]) {
    guard let wait = remove(id), sessions.isOpen(wait.session) else { return }
    effects.append(wait.handle.effect(wait.session, reply, records.revision))
  }

  /// Resumes those of the waits for a condition that holds now.
  mutating func resumeFulfilled(
    _ changes: [ConditionChange], into effects: inout [Effect]
  ) {
    guard !changes.isEmpty else { return }
    // Nothing matched before, so the first match is among the new ones.
    var firstMatches: [WaitID: Record] = [:]
    for change in changes {
      waits.addMatches(change.change, to: change.id)
      guard let match = change.newMatch else { continue }
      let first = firstMatches[change.id]
      if first.map({ match.precedes($0) }) ?? true { firstMatches[change.id] = match }
    }
    for id in Set(changes.map(\.id)).sorted() {
      guard let condition = waits.fulfilledCondition(of: id) else { continue }
      let reply: Reply =
        if condition.kind == .match, let match = firstMatches[id] { .record(match) } else { .ok }
      resume(id, with: reply, into: &effects)
    }
  }

  /// Answers null to waits whose deadline has passed: as many as the work of a part allows. The
  /// others are still overdue then.
  mutating func expireWaits(now: Instant, into effects: inout [Effect]) {
    records.budget.renew(to: partWork)
    while !records.budget.isSpent, let id = waits.takeOverdue(now) {
      records.budget.spend(Work.watch)
      expire(id, into: &effects)
    }
  }

  /// Answers null to a session's waiting request, if it still waits.
  mutating func cancel(
    _ request: RequestID, of session: SessionID, into effects: inout [Effect]
  ) {
    guard let wait = waits.wait(of: session, .request(request)) else { return }
    expire(wait.id, into: &effects)
  }

  private mutating func expire(_ id: WaitID, into effects: inout [Effect]) {
    guard let wait = remove(id) else { return }
    let transaction = Transaction(after: records.revision)
    // Only the end of all revisions refuses this.
    try? withdraw(wait, in: transaction)
    if !transaction.changes.isEmpty { commit(transaction, into: &effects) }
    effects.append(wait.handle.effect(wait.session, .null, records.revision))
  }

  /// Takes a waiter that waits no longer out of its queue.
  private mutating func withdraw(
    _ wait: Wait, in transaction: Transaction
  ) throws(Failure) {
    switch wait.subject {
    case .condition, .durability: break
    case .member(let record):
      guard let row = records.row(named: record), QueueMember.isMember(row.record) else { return }
      try records.erase(row, in: transaction)
    case .leaving(let barrier, let holder):
      queues.barriers.setWait(nil, of: holder, in: barrier)
    }
  }
}

extension Record {
  /// Whether its name comes first in natural order.
  fileprivate func precedes(_ other: Record) -> Bool {
    withContents { left in
      other.withContents { compareNaturally(left.name, $0.name) < 0 }
    }
  }
}
