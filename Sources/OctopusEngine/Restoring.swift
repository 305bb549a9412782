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

  /// Gives the next change a revision above this one.
  package mutating func advance(to revision: Revision) {
    records.advance(to: revision)
    self.revision = records.revision
  }

  /// Takes over a counter of sequential names.
  package mutating func restoreCounter(_ name: [UInt8], next: Int64) {
    records.restoreCounter(name, next: next)
  }

  /// Takes over that new counters begin at this number.
  package mutating func restoreFirstNumber(_ number: Int64) { records.firstNumber = number }

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

// The state, to be stated again piece by piece between steps.
extension Engine {
  /// At most `most` of the next records, in no particular order, from a row on; nil if there are no
  /// more. The caller begins with row 0. Records that appear meanwhile may be among them or not.
  ///
  /// - Parameter bytes: of text, after which no more are taken.
  /// - Complexity: O(`most`).
  package func records(from row: inout Int, most: Int, bytes: Int) -> [Change.Stored]? {
    records.rows(from: &row, most: most, bytes: bytes)?.map { Change.Stored($0) }
  }

  /// The next counters of sequential names, in the same way.
  package func counters(
    from slot: inout Int, most: Int
  ) -> [(name: [UInt8], next: Int64)]? {
    records.counters(from: &slot, most: most)
  }

  /// The number at which new counters begin.
  package var firstNumber: Int64 { records.firstNumber }

  package var recordCount: Int { records.count }
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
