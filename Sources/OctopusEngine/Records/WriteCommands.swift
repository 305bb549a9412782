import OctopusRecords
import OctopusStore

// SET, SETSEQ, UPDATE, DEL.

extension Engine {
  mutating func set(
    _ write: Write, _ options: SetOptions, by session: SessionID, in transaction: Transaction
  ) throws(Failure) -> Outcome {
    try authorize(write.record, session)
    let number = records.find(write.record)
    let before = number.map { records[$0] }
    var outcome = outcome(over: before)
    switch (options.only, before) {
    case (.absent?, .some), (.present?, nil):
      outcome.reply = .null
      return outcome
    default: break
    }
    outcome.mismatch = mismatch(before, write.conditions, options.ifRevision, transaction)
    if outcome.mismatch != nil { return outcome }
    try queues.checkBelongsToNoQueue(before, write.record)
    outcome.revision = try records.write(
      write.record, over: number, owner: options.isTransient ? session : nil, in: transaction)
    outcome.reply = options.returnsRecord ? .record(write.record) : .ok
    return outcome
  }

  mutating func setSequential(
    _ record: Record, _ options: SetSequentialOptions, by session: SessionID,
    in transaction: Transaction
  ) throws(Failure) -> Outcome {
    try authorize(record, session)
    let prefix = record.withContents { Array($0.name) }
    try checkEndsInNoDigit(prefix)
    let (name, _) = records.takeName(prefix, in: transaction)
    let numbered = try record.named(name)
    let member = try QueueMember(
      setSequential: numbered, counterPrefix: prefix, isTransient: options.isTransient)
    var outcome = outcome(over: nil)
    outcome.revision = try records.write(
      numbered, over: nil, owner: options.isTransient ? session : nil, in: transaction)
    if let member {
      transaction.note(
        QueueChange(member: member, kind: .joined(numbered, outcome.revision, nil)))
    }
    outcome.reply = options.returnsRecord ? .record(numbered) : .name(numbered)
    return outcome
  }

  /// Two counters must not lead to the same name: number 10 of `job` and number 0 of `job1` are
  /// both `job10`.
  private func checkEndsInNoDigit(_ prefix: [UInt8]) throws(Failure) {
    guard let last = prefix.last, last &- UInt8(ascii: "0") < 10 else { return }
    let name = String(decoding: prefix, as: UTF8.self)
    throw Failure(
      .syntax,
      "a sequential name must not end in a digit: write '\(name)_', whose first record is '\(name)_0'"
    )
  }

  mutating func update(
    _ write: Write, _ options: UpdateOptions, by session: SessionID, in transaction: Transaction
  ) throws(Failure) -> Outcome {
    try authorize(write.record, session)
    let number = records.find(write.record)
    let before = number.map { records[$0] }
    var outcome = outcome(over: before)
    guard let before else {
      outcome.mismatch = Failure(.mismatch, "there is no such record")
      return outcome
    }
    outcome.mismatch = mismatch(before, write.conditions, options.ifRevision, transaction)
    if outcome.mismatch != nil { return outcome }
    let merged: Record
    do throws(Record.MergeError) {
      merged = try before.record.merging(
        write.record, removing: options.removed,
        adding: options.added.map { ($0.attribute, $0.amount) })
    } catch {
      switch error {
      case .syntax(let error): throw Failure(error)
      case .conflict(let message): throw Failure(.syntax, message)
      case .mismatch(let message):
        outcome.mismatch = Failure(.mismatch, message)
        return outcome
      }
    }
    try queues.checkBelongsToNoQueue(before, merged)
    outcome.revision = try records.write(
      merged, over: number, owner: before.owner == 0 ? nil : before.owner, in: transaction)
    outcome.reply = options.returnsRecord ? .record(merged) : .ok
    return outcome
  }

  mutating func delete(
    _ queries: [Query], _ options: DeleteOptions, by session: SessionID,
    in transaction: Transaction
  ) throws(Failure) -> Outcome {
    try authorize(deleting: queries, session)
    if options.ifRevision != nil, queries.count != 1 || !queries[0].isExact {
      throw Failure(.syntax, "IF takes exactly one query, by name")
    }
    var outcome = outcome(.integer(0))
    var count: Int64 = 0
    for query in queries {
      if query.isExact {
        let before = records.row(named: query)
        outcome.isFound = outcome.isFound || before != nil
        guard before != nil || options.ifRevision ?? 0 != 0 else { continue }
        let conditions = before == nil ? nil : query
        if let mismatch = mismatch(before, conditions, options.ifRevision, transaction) {
          // Earlier queries of this command have deleted records: all of it must be undone.
          if count > 0 { throw mismatch }
          outcome.mismatch = mismatch
          return outcome
        }
        guard let before else { continue }
        try records.erase(before, in: transaction)
        count += 1
      } else {
        guard options.deletesAll else {
          throw Failure(.noName, "without ALL a name is needed here, not a pattern")
        }
        let rows = try records.select(query).rows.map { records[$0] }
        try records.checkWork(erasing: rows)
        for row in rows { try authorize(row.record, session) }
        for row in rows { try records.erase(row, in: transaction) }
        outcome.isFound = outcome.isFound || !rows.isEmpty
        count += Int64(rows.count)
      }
    }
    outcome.reply = .integer(count)
    outcome.revision = records.revision
    return outcome
  }

  // MARK: Conditions

  /// The reason why conditions on the present record do not hold; nil if they hold.
  private func mismatch(
    _ row: Row?, _ conditions: Query?, _ ifRevision: Int64?, _ transaction: Transaction
  ) -> Failure? {
    if ifRevision != nil, let row, transaction.change(of: row) != nil {
      return Failure(.mismatch, "this transaction has changed the record before")
    }
    if let ifRevision, ifRevision != row?.revision ?? 0 {
      return Failure(.mismatch, "the record's revision is \(row?.revision ?? 0)")
    }
    guard let conditions else { return nil }
    guard let row else { return Failure(.mismatch, "there is no such record") }
    guard !conditions.matches(row.record) else { return nil }
    return Failure(.mismatch, "the record does not meet the conditions")
  }

  /// An outcome for a write to a record's name that has changed nothing yet.
  private func outcome(over before: Row?) -> Outcome {
    Outcome(reply: .null, revision: before?.revision ?? 0, isFound: before != nil)
  }
}
