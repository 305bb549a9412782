import OctopusRecords
import OctopusStore

// LOCK and UNLOCK as steps by themselves. They can fail only before their one change, so they need
// no transaction, and change the lock at once (decision 0012).

extension Engine {
  mutating func lock(
    _ request: LockRequest, _ origin: Origin, into effects: inout [Effect]
  ) throws(Failure) {
    let session = origin.session
    try authorize(request.name, session)
    let holder = Holder(session, task: request.task)
    guard let candidate = try queues.locks.candidate(for: request, by: holder, in: &records) else {
      return effects.append(origin.handle.effect(session, .null, records.revision))
    }
    if bounds.memory < .max { try checkMemory(for: candidate, tag: origin.tag) }
    let wait =
      candidate.isFree
      ? nil
      : Wait(
        id: try takeWatchID(for: session), session: session, handle: origin.handle,
        deadline: request.timeout.map { origin.now + $0 }, subject: .member(candidate.record))
    let row = try records.insertMember(candidate.record, owner: session)
    records.take(candidate.next, candidate.counterPrefix)
    changeLog?.append(counter: candidate.counterPrefix, next: candidate.next.number + 1)
    queues.locks.add(candidate, for: request, by: holder, token: row.revision, wait: wait?.id)
    notify(
      of: Change(revision: row.revision, before: nil, after: Change.Stored(row)), into: &effects)
    if let wait { return begin(wait) }
    effects.append(
      origin.handle.effect(session, .grant(token: row.revision, row.record), records.revision))
  }

  private func checkMemory(for candidate: borrowing LockTable.Candidate, tag: [UInt8]?)
    throws(Failure)
  {
    let wait = candidate.isFree ? 0 : Footprint.watch + (tag?.count ?? 0)
    let member = records.footprint(of: candidate.record, candidate.next, candidate.counterPrefix)
    try checkMemory(for: member + Footprint.member + wait)
  }

  mutating func unlock(
    _ name: [UInt8], _ holder: Holder, _ origin: Origin, into effects: inout [Effect]
  ) throws(Failure) {
    guard let (lock, number, row) = try queues.locks.unlock(name, by: holder, in: &records, nil)
    else {
      return effects.append(
        .reply(origin.session, origin.request, .integer(0), records.revision))
    }
    let end = records.revision
    notify(of: Change(revision: end, before: Change.Stored(row), after: nil), into: &effects)
    _ = queues.locks.remove(number, from: lock)
    let held = records.budget.withhold(allBut: partWork)
    defer { records.budget.giveBack(held) }
    while let (wait, reply) = lock.nextGrant() {
      resume(wait, with: reply, into: &effects)
      records.budget.spend(Work.watch)
      guard !records.budget.isSpent else {
        queues.leave(QueueKey(.lock, name))
        break
      }
    }
    if lock.isEmpty { queues.locks.retire(lock, name, &records) }
    effects.append(.reply(origin.session, origin.request, .integer(1), records.revision))
  }

  /// UNLOCK in a transaction: the lock follows at the commit.
  mutating func unlock(
    _ name: [UInt8], _ holder: Holder, in transaction: Transaction
  ) throws(Failure) -> Reply {
    guard
      let (_, number, _) = try queues.locks.unlock(name, by: holder, in: &records, transaction)
    else { return .integer(0) }
    let member = QueueMember(QueueKey(.lock, name), number)
    transaction.note(QueueChange(member: member, kind: .removed(byLeaving: false)))
    return .integer(1)
  }
}
