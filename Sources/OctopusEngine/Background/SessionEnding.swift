import HeapModule
import OctopusStore

/// A session that has ended, and what it still owns.
///
/// Its triggers, subscriptions and waits go first; then its members of locks, semaphores and
/// barriers, so that it blocks nobody; then its other records, in the order of their creation. A
/// session with few records ends in one step, all of them in that order.
struct SessionEnding {
  let session: SessionID
  fileprivate var watchers: [TriggerID]
  fileprivate var subscriptions: [Int64]
  fileprivate var waits: [WaitID]
  /// The slots of its records up to here are in the heaps.
  fileprivate var nextSlot = 0
  /// The revisions at which its records were created.
  fileprivate var members = Heap<Revision>()
  fileprivate var others = Heap<Revision>()

}

extension Engine {
  /// Ends a session: as much as the work of a part allows, the rest in later steps.
  mutating func end(_ session: SessionID, into effects: inout [Effect]) {
    guard sessions.close(session) else { return }
    records.budget.renew(to: partWork)
    var ending = SessionEnding(
      session: session, watchers: watches.disown(session),
      subscriptions: subscriptions.disown(session), waits: waits.disown(session))
    if !carryOn(&ending, into: &effects) { background.endings.append(ending) }
  }

  /// Carries on until the work of this part is done; true when nothing of the session is left.
  mutating func carryOn(_ ending: inout SessionEnding, into effects: inout [Effect]) -> Bool {
    guard stopWatching(&ending), collectRecords(&ending) else { return false }
    let isSmall = ending.members.count + ending.others.count <= Self.smallSession
    if isSmall {
      for created in ending.members.unordered { ending.others.insert(created) }
      ending.members = Heap()
    }
    let batch = isSmall ? Self.smallSession : Self.batch
    while !records.budget.isSpent, !ending.isEmpty { erase(batch, of: &ending, into: &effects) }
    guard ending.isEmpty else { return false }
    records.disown(ending.session)
    return true
  }

  private mutating func stopWatching(_ ending: inout SessionEnding) -> Bool {
    let budget = records.budget
    func spend() -> Bool {
      budget.spend(Work.watch)
      return !budget.isSpent
    }
    while let id = ending.watchers.popLast() {
      watches.remove(id)
      guard spend() else { return false }
    }
    while let id = ending.subscriptions.popLast() {
      subscriptions.remove(id)
      guard spend() else { return false }
    }
    while let id = ending.waits.popLast() {
      remove(id)
      guard spend() else { return false }
    }
    return true
  }

  /// How many records a session may have that ends in one step.
  private static let smallSession = 512

  private func collectRecords(_ ending: inout SessionEnding) -> Bool {
    while !records.budget.isSpent {
      guard let owned = records.ownedRow(of: ending.session, slot: &ending.nextSlot) else {
        return true
      }
      records.budget.spend(Work.record)
      if QueueMember.isMember(records[owned.row].record) {
        ending.members.insert(owned.created)
      } else {
        ending.others.insert(owned.created)
      }
    }
    return false
  }

  /// Deletes the next of the records that exist still, a revision each, until the work of this
  /// part is done.
  private mutating func erase(
    _ most: Int, of ending: inout SessionEnding, into effects: inout [Effect]
  ) {
    transaction.begin(after: records.revision)
    defer { transaction.clear() }
    while transaction.changes.count < most, !records.budget.isSpent, let created = ending.next() {
      guard let row = records.ownedRow(of: ending.session, created: created) else { continue }
      // Only the end of all revisions refuses this; then the record stays.
      try? records.erase(records[row], in: transaction)
    }
    commit(transaction, into: &effects)
  }
}

extension SessionEnding {
  fileprivate var isEmpty: Bool { members.isEmpty && others.isEmpty }

  /// The next record to delete, members first; nil if there are none left.
  fileprivate mutating func next() -> Revision? { members.popMin() ?? others.popMin() }
}
