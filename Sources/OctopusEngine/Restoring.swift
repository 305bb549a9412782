import OctopusRecords
import OctopusStore

// The state that an earlier run has left. A host that keeps the effects `change` and `counter`
// gives them back in their order, before the engine's first step.

extension Engine {
  /// Takes over a record that an earlier run has set, in place of an earlier state of it.
  package mutating func restore(_ stored: Change.Stored) {
    records.restore(stored)
    revision = records.revision
  }

  /// Takes over that an earlier run has deleted a record.
  package mutating func restoreDeletion(of record: Record, at revision: Revision) {
    records.restoreDeletion(of: record, at: revision)
    self.revision = records.revision
  }

  /// Takes over a counter of sequential names.
  package mutating func restoreCounter(_ name: [UInt8], next: Int64) {
    records.restoreCounter(name, next: next)
  }

  /// Ends restoring: what sessions of earlier runs owned is deleted, since none of them lives, and
  /// the permits that they held are free again. These changes have revisions like all others.
  ///
  /// - Complexity: O(records).
  package mutating func finishRestoring(into effects: inout [Effect]) {
    records.beginStep()
    transaction.begin(after: records.revision)
    defer {
      transaction.clear()
      revision = records.revision
    }
    // Only the end of all revisions refuses these writes.
    for number in records.ownedRows { _ = try? records.erase(number, in: transaction) }
    for row in records.all("_ { semaphore: _ }") {
      guard let member = QueueMember(row.record), member.number == nil else { continue }
      try? queues.semaphores.restore(row, member, in: &records, transaction)
    }
    commit(transaction, into: &effects)
  }
}

extension SemaphoreTable {
  /// Takes over a semaphore of an earlier run, whose permits nobody holds any more.
  fileprivate mutating func restore(
    _ row: Row, _ member: QueueMember, in records: inout RecordTable, _ transaction: Transaction
  ) throws(Failure) {
    transaction.note(QueueChange(member: member, kind: .joined(row.record, row.revision, nil)))
    let size = row.record.integer(of: "size")
    guard row.record.integer(of: "permits") != size else { return }
    try setPermits(of: member.queue, row, free: size, size: size, in: &records, transaction)
  }
}
