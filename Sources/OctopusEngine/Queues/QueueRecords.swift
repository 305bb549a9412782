import OctopusRecords
import OctopusStore

// The records of queues' members: every write to one is noted for the queues, too.

extension RecordTable {
  /// Writes a new member, which goes with its holder's session.
  mutating func add(
    _ record: Record, as member: QueueMember, _ newcomer: Newcomer, in transaction: Transaction
  ) throws(Failure) {
    let revision = try write(record, over: nil, owner: newcomer.holder.session, in: transaction)
    transaction.note(
      QueueChange(member: member, kind: .joined(record, revision, newcomer)))
  }

  /// Writes another record over a member's, or a semaphore's.
  mutating func replace(
    _ row: Row, by record: Record, as member: QueueMember, in transaction: Transaction
  ) throws(Failure) {
    try write(
      record, over: find(row.record), owner: row.owner == 0 ? nil : row.owner, in: transaction)
    transaction.note(QueueChange(member: member, kind: .rewritten(record)))
  }

  /// Deletes a record, of a member or not.
  mutating func erase(_ row: Row, in transaction: Transaction) throws(Failure) {
    let number = find(row.record)!  // A row that was found exists.
    let member = QueueMember(row.record)
    try erase(number, in: transaction)
    guard let member else { return }
    transaction.note(QueueChange(member: member, kind: .removed(byLeaving: false)))
  }

  /// Deletes a member's record.
  mutating func remove(
    _ member: QueueMember, _ row: RowID, byLeaving: Bool = false, in transaction: Transaction
  ) throws(Failure) {
    try erase(row, in: transaction)
    transaction.note(QueueChange(member: member, kind: .removed(byLeaving: byLeaving)))
  }

  /// The row of a member's record, if it still exists: earlier commands of the transaction may have
  /// given its name to another record.
  func row(of member: QueueMember, _ record: Record) -> RowID? {
    find(record).flatMap { member.is(self[$0].record) ? $0 : nil }
  }
}

extension QueueKey {
  /// Takes the name of another member.
  func nextMember(
    in records: inout RecordTable, _ transaction: Transaction
  ) -> (name: [UInt8], member: QueueMember) {
    let (name, number) = records.takeName(counterPrefix, in: transaction)
    return (name, QueueMember(self, number))
  }
}
