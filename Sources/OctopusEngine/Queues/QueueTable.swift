import OctopusRecords
import OctopusStore
import OrderedCollections

/// The locks, semaphores and barriers.
///
/// Their members are records. The queues follow from these: they are brought up to date with a
/// transaction's changes when it is committed, so an undone transaction leaves nothing to undo
/// here.
struct QueueTable: ~Copyable {
  var locks = LockTable()
  var semaphores = SemaphoreTable()
  var barriers = BarrierTable()
  /// Queues that can grant more, for which earlier steps had no work left.
  private var unsettled: OrderedSet<QueueKey> = []

  /// Holders and waiters of all queues together.
  var memberCount: Int { locks.memberCount + semaphores.memberCount + barriers.memberCount }

  /// About how many bytes members occupy, beside their records and waits.
  var footprint: Int { memberCount * Footprint.member }

  // MARK: Committing

  /// Applies a transaction's changes to the queues and grants what has become free. Grants may
  /// write records, which changes queues again: this ends when nothing changes.
  mutating func apply(_ transaction: Transaction, to records: inout RecordTable) {
    while transaction.hasUnappliedQueueChanges {
      let changes = transaction.takeUnappliedQueueChanges()
      for index in changes { apply(transaction.queueChanges[index], transaction, &records) }
      // Mostly there is one queue.
      let queue = transaction.queueChanges[changes.lowerBound].queue
      if changes.dropFirst().allSatisfy({ transaction.queueChanges[$0].queue == queue }) {
        grantNext(in: queue, transaction, &records)
      } else {
        for queue in OrderedSet(transaction.queueChanges[changes].lazy.map(\.queue)) {
          grantNext(in: queue, transaction, &records)
        }
      }
    }
  }

  private mutating func apply(
    _ change: QueueChange, _ transaction: Transaction, _ records: inout RecordTable
  ) {
    switch change.queue.kind {
    case .lock: locks.apply(change, transaction)
    case .semaphore: semaphores.apply(change, transaction, &records)
    case .barrier: barriers.apply(change, transaction)
    }
  }

  private mutating func grantNext(
    in queue: QueueKey, _ transaction: Transaction, _ records: inout RecordTable
  ) {
    // A barrier opens at once, since its parties are counted when another enters.
    guard !records.budget.isSpent || queue.kind == .barrier else { return leave(queue) }
    switch queue.kind {
    case .lock: if !locks.grantNext(in: queue, transaction, &records) { leave(queue) }
    case .semaphore: semaphores.grantNext(in: queue, transaction, &records)
    case .barrier: barriers.openAndClose(queue, transaction, &records)
    }
  }

  /// Leaves the grants of a queue to later steps.
  mutating func leave(_ queue: QueueKey) { unsettled.append(queue) }

  /// Whether there are grants that were left.
  var hasUnsettled: Bool { !unsettled.isEmpty }

  /// Grants what earlier steps have left, until the budget is spent.
  mutating func grantUnsettled(_ transaction: Transaction, _ records: inout RecordTable) {
    let left = unsettled
    unsettled = []
    // Those for which no work is left now are left again.
    for queue in left { grantNext(in: queue, transaction, &records) }
    apply(transaction, to: &records)
  }

  // MARK: Writes by clients

  /// Refuses SET and UPDATE of a record that belongs to a queue, before or after.
  func checkBelongsToNoQueue(_ before: Row?, _ after: Record) throws(Failure) {
    // Without queues no record belongs to one.
    let former =
      memberCount == 0 && semaphores.count == 0 ? nil : before.flatMap { QueueMember($0.record) }
    guard let member = QueueMember(after) ?? former else { return }
    let name = String(decoding: member.queue.name, as: UTF8.self)
    throw Failure(
      .noPermission,
      "this record belongs to the \(member.queue.kind) '\(name)': only its own commands write it")
  }
}

extension QueueMember {
  /// The member that SETSEQ makes with a record; nil if it makes none.
  ///
  /// - Throws: `noPermission` or `mismatch`, if SETSEQ may not make it. It may make only a lock's
  ///   transient members.
  init?(
    setSequential record: Record, counterPrefix: [UInt8], isTransient: Bool
  ) throws(Failure) {
    guard let member = QueueMember(record) else { return nil }
    guard member.queue.kind == .lock else {
      throw Failure(
        .noPermission, "only its own commands make a \(member.queue.kind)'s members")
    }
    guard member.queue.counterPrefix == counterPrefix else {
      throw Failure(.noPermission, "a lock's members are numbered after '<lock>_'")
    }
    guard isTransient else { throw Failure(.noPermission, "a lock's members are TRANSIENT") }
    guard Lock.isShared(record) != nil else {
      throw Failure(.mismatch, "a lock's mode is exclusive or shared")
    }
    self = member
  }
}

/// The answer to a command that may have to wait.
enum Answer {
  case reply(Reply)
  case wait(for: Wait.Subject)
}

extension Failure {
  static let gone = Failure(.gone, "its record was deleted while it waited")
}
