import OctopusRecords
import OctopusStore

// SET, SETSEQ, UPDATE, DEL.

extension Engine {
  mutating func set(
    _ write: Write, _ options: SetOptions, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Outcome {
    try authorize(write.record, session)
    let number = find(write.record)
    let before = number.map { store[$0] }
    var outcome = outcome(over: before)
    switch (options.only, before) {
    case (.absent?, .some), (.present?, nil):
      outcome.reply = .null
      return outcome
    default: break
    }
    outcome.mismatch = mismatch(before, write.conditions, options.ifRevision, step)
    if outcome.mismatch != nil { return outcome }
    try checkStandsNowhere(before, write.record)
    outcome.revision = try self.write(
      write.record, over: number, owner: options.isTransient ? session : nil, step)
    outcome.reply = options.returnsRecord ? .record(write.record) : .ok
    return outcome
  }

  mutating func setSequential(
    _ record: Record, isTransient: Bool, _ returnsRecord: Bool, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Outcome {
    try authorize(record, session)
    let owner = isTransient ? session : nil
    let stem = record.withContents { Array($0.name) }
    try checkEndsInNoDigit(stem)
    let (name, _) = try takeName(stem, step)
    let numbered = try record.named(name)
    let place = try checkByHand(numbered, counted: stem, isTransient: owner != nil)
    var outcome = outcome(over: nil)
    outcome.revision = try write(numbered, over: nil, owner: owner, step)
    if let place { step.noteQueue(place, numbered, isNew: true, at: outcome.revision) }
    outcome.reply = returnsRecord ? .record(numbered) : .name(numbered)
    return outcome
  }

  /// Two counters must not lead to the same name: number 10 of `job` and number 0 of `job1` are both `job10`.
  private func checkEndsInNoDigit(_ stem: [UInt8]) throws(Failure) {
    guard let last = stem.last, last &- UInt8(ascii: "0") < 10 else { return }
    let name = String(decoding: stem, as: UTF8.self)
    throw Failure(
      .syntax,
      "a sequential name must not end in a digit: write '\(name)_', whose first record is '\(name)_0'"
    )
  }

  /// Takes the next name, and its number, of a counter.
  mutating func takeName(
    _ stem: [UInt8], _ step: Step
  ) throws(Failure) -> (name: [UInt8], number: Int64) {
    let next = try findNextName(stem)
    store.take(next, stem)
    step.counters.append((stem, next.former))
    return (store.nextName, next.number)
  }

  /// Finds the next name of a counter, which is not taken yet.
  mutating func findNextName(_ stem: [UInt8]) throws(Failure) -> Store.Numbered {
    guard store.counterCount < bounds.counters || store.counter(stem) != nil else {
      throw Failure(.limit, "\(bounds.counters) names have counters already")
    }
    return store.findNextName(stem, from: coordination.firstNumber)
  }

  mutating func update(
    _ write: Write, _ options: UpdateOptions, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Outcome {
    try authorize(write.record, session)
    let number = find(write.record).flatMap { isVisible(store[$0].record, to: session) ? $0 : nil }
    let before = number.map { store[$0] }
    var outcome = outcome(over: before)
    guard let before else {
      outcome.mismatch = Failure(.mismatch, "there is no such record")
      return outcome
    }
    outcome.mismatch = mismatch(before, write.conditions, options.ifRevision, step)
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
    try checkStandsNowhere(before, merged)
    let owner = before.owner == 0 ? nil : before.owner
    outcome.revision = try self.write(merged, over: number, owner: owner, step)
    outcome.reply = options.returnsRecord ? .record(merged) : .ok
    return outcome
  }

  mutating func delete(
    _ queries: [Query], all: Bool, _ ifRevision: Int64?, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Outcome {
    try authorize(deleting: queries, session)
    if ifRevision != nil, queries.count != 1 || !queries[0].isExact {
      throw Failure(.syntax, "IF takes exactly one query, by name")
    }
    var outcome = outcome(.integer(0))
    var count: Int64 = 0
    for query in queries {
      if query.isExact {
        guard let before = row(named: query), isVisible(before.record, to: session) else {
          if let ifRevision, ifRevision != 0 {
            outcome.mismatch = mismatch(nil, nil, ifRevision, step)
            return outcome
          }
          continue
        }
        outcome.isFound = true
        if let mismatch = mismatch(before, query, ifRevision, step) {
          // Earlier queries of this command have deleted records: all of it must be undone.
          if count > 0 { throw mismatch }
          outcome.mismatch = mismatch
          return outcome
        }
        try erase(before, step)
        count += 1
      } else {
        guard all else {
          throw Failure(.noName, "without ALL a name is needed here, not a pattern")
        }
        let rows = try deletable(query, session)
        for row in rows { try authorize(row.record, session) }
        for row in rows { try erase(row, step) }
        outcome.isFound = outcome.isFound || !rows.isEmpty
        count += Int64(rows.count)
      }
    }
    outcome.reply = .integer(count)
    outcome.revision = revision
    return outcome
  }

  private func deletable(_ query: Query, _ session: SessionID) throws(Failure) -> [Row] {
    let rows = try select(query, Page(), session).rows
    guard rows.count <= bounds.deletions else {
      throw Failure(
        .limit,
        "\(rows.count) records match, and one command deletes at most "
          + "\(bounds.deletions): delete them in parts")
    }
    return rows.map { store[$0] }
  }

  // MARK: Conditions

  /// Why conditions on the record that is there do not hold; nil if they do.
  private func mismatch(
    _ row: Row?, _ conditions: Query?, _ ifRevision: Int64?, _ step: Step
  ) -> Failure? {
    if ifRevision != nil, let row, step.change(of: row) != nil {
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

  func find(_ record: Record) -> RowID? { record.withContents { store.find($0.name) } }

  func row(named record: Record) -> Row? { find(record).map { store[$0] } }

  func row(named name: [UInt8]) -> Row? {
    name.withUnsafeBufferPointer { store.find($0) }.map { store[$0] }
  }

  private func row(named query: Query) -> Row? {
    query.withExactName { store.find($0) }.flatMap { $0 }.map { store[$0] }
  }
}
