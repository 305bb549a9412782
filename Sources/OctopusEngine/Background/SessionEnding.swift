import HeapModule
import OctopusStore

/// A session that has ended, and what it still owns.
///
/// Its members of locks, semaphores and barriers go first, so that it blocks nobody; then its other
/// records, both in the order of their creation; then its triggers, subscriptions and waits, which
/// tell it nothing any more. A session with few records ends in one step, all of them in the order
/// of their creation.
struct SessionEnding {
  let session: SessionID
  fileprivate var stage: Stage
  /// What goes in this stage is looked for in the slots below this.
  fileprivate var slot = Int.max
  /// The revisions at which the records that go next were created.
  fileprivate var created = Heap<Revision>()
  /// Whether no more revisions are left, so that its records stay.
  fileprivate var isRefused = false

  fileprivate enum Stage: Equatable {
    case collecting(RecordTable.Owned)
    case deleting(RecordTable.Owned)
    case watchers, subscriptions, waits, none
  }

  fileprivate init(_ session: SessionID, _ first: RecordTable.Owned) {
    self.session = session
    stage = .collecting(first)
  }

  fileprivate mutating func begin(_ next: Stage) { (stage, slot) = (next, .max) }
}

extension Engine {
  /// Ends a session: as much as the work of a part allows, the rest in later steps.
  mutating func end(_ session: SessionID, into effects: inout [Effect]) {
    guard sessions.close(session) else { return }
    watches.silence(session)
    records.budget.renew(to: partWork)
    let isSmall = records.count(.all, of: session) <= Self.smallSession
    var ending = SessionEnding(session, isSmall ? .all : .members)
    if !carryOn(&ending, into: &effects) { background.endings.append(ending) }
  }

  /// How many records a session may have that ends in one step.
  private static let smallSession = 512

  /// Carries on until the work of this part is done; true when nothing of the session is left.
  mutating func carryOn(_ ending: inout SessionEnding, into effects: inout [Effect]) -> Bool {
    let session = ending.session
    while !records.budget.isSpent {
      switch ending.stage {
      case .collecting(let kind):
        guard let created = records.nextOwned(by: session, kind, below: &ending.slot) else {
          ending.begin(.deleting(kind))
          continue
        }
        ending.created.insert(created)
        records.budget.spend(Work.queued)
      case .deleting(let kind):
        if !ending.created.isEmpty {
          deleteRecords(of: &ending, into: &effects)
        } else if records.count(kind, of: session) > 0, !ending.isRefused {
          // Another's transaction had deleted them while they were collected, and was undone.
          ending.begin(.collecting(kind))
        } else {
          ending.begin(kind == .members ? .collecting(.all) : .watchers)
        }
      case .watchers:
        guard watches.removeNext(of: session, below: &ending.slot) else {
          ending.begin(.subscriptions)
          continue
        }
        records.budget.spend(Work.watch)
      case .subscriptions:
        guard subscriptions.removeNext(of: session, below: &ending.slot) else {
          ending.begin(.waits)
          continue
        }
        records.budget.spend(Work.watch)
      case .waits:
        guard let wait = waits.next(of: session, below: &ending.slot) else {
          ending.begin(.none)
          continue
        }
        remove(wait)
        records.budget.spend(Work.watch)
      case .none:
        records.disown(session)
        return true
      }
    }
    return false
  }

  /// Deletes the next records that exist still, a revision each, until the work of this part is
  /// done.
  private mutating func deleteRecords(
    of ending: inout SessionEnding, into effects: inout [Effect]
  ) {
    transaction.begin(after: records.revision)
    defer { transaction.clear() }
    while transaction.changes.count < Self.smallSession, !records.budget.isSpent,
      let created = ending.created.popMin()
    {
      guard let row = records.ownedRow(of: ending.session, created: created) else { continue }
      do throws(Failure) {
        try records.erase(records[row], in: transaction)
      } catch {
        ending.isRefused = true
      }
    }
    commit(transaction, into: &effects)
  }
}
