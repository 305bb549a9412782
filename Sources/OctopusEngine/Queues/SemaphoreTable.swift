import DequeModule
import HeapModule
import OctopusRecords
import OctopusStore

/// The semaphores by name, and the commands of SEM.
///
/// A semaphore is a record, `pool { initial: 3, permits: 2, semaphore: 'pool', size: 3 }`: it was
/// made with three permits, has three now, free or held, and two of them are free. Each holder and
/// each waiter has a record, too: `pool_7 { permits: 1, semaphore: 'pool', state: held }`.
struct SemaphoreTable: ~Copyable {
  private var semaphores = NamedQueues<Semaphore>()
  private(set) var memberCount = 0
  /// Semaphores that were deleted, with the numbers of the members that are to be removed.
  private var deleted: Deque<(semaphore: Semaphore, numbers: Heap<Int64>)> = []

  var count: Int { semaphores.count }

  // MARK: Commands

  /// SEM NEW.
  func create(
    _ name: [UInt8], permits: Int64, in records: inout RecordTable, _ transaction: Transaction
  ) throws(Failure) -> Reply {
    let queue = QueueKey(.semaphore, name)
    let member = QueueMember(queue, nil)
    if let row = records.row(named: name) {
      guard QueueMember(row.record) == member else {
        throw Failure(.busy, "there is another record of this name")
      }
      let initial = row.record.integer(of: "initial")
      guard initial == permits else {
        throw Failure(.busy, "the semaphore exists: it was made with \(initial) permits")
      }
      return .ok
    }
    let record = try queue.semaphore(initial: permits, free: permits, size: permits)
    let revision = try records.write(record, over: nil, owner: nil, in: transaction)
    transaction.note(QueueChange(member: member, kind: .joined(record, revision, nil)))
    return .ok
  }

  /// SEM WAIT and SEM TRY: takes permits at once, or waits for them; null if there is no time to
  /// wait.
  ///
  /// - Parameter isBlocked: whether the holder's connection can do nothing else while it waits.
  mutating func take(
    _ request: PermitRequest, by holder: Holder, isBlocked: Bool, in records: inout RecordTable,
    _ transaction: Transaction
  ) throws(Failure) -> Answer {
    let queue = QueueKey(.semaphore, request.name)
    guard let semaphore = semaphores[request.name], let row = records.row(named: request.name)
    else { throw .noSemaphore }
    let free = row.record.integer(of: "permits")
    // A holder that is blocked cannot give back the permits that it holds.
    let held =
      isBlocked && !request.consumes
      ? semaphore.holding(of: holder)?.record.integer(of: "permits") ?? 0 : 0
    if let shortage = shortage(
      in: row.record, for: request.permits, holding: held, consumes: request.consumes)
    {
      throw shortage
    }
    if semaphore.hasNoWaiters, free >= request.permits {
      let size = row.record.integer(of: "size") - (request.consumes ? request.permits : 0)
      try setPermits(
        of: queue, row, free: free - request.permits, size: size, in: &records, transaction)
      if !request.consumes {
        try give(request.permits, to: holder, of: queue, in: &records, transaction)
      }
      return .reply(.integer(1))
    }
    if request.timeout == 0 { return .reply(.null) }
    let (name, member) = queue.nextMember(in: &records, transaction)
    let record = try queue.member(named: name, permits: request.permits, isHeld: false)
    try records.add(
      record, as: member, Newcomer(holder: holder, waits: true, consumes: request.consumes),
      in: transaction)
    return .wait(for: .member(record))
  }

  /// SEM POST: gives back what the holder has, and adds the permits that are more than that.
  mutating func post(
    _ request: PermitRequest, by holder: Holder, in records: inout RecordTable,
    _ transaction: Transaction
  ) throws(Failure) -> Reply {
    let queue = QueueKey(.semaphore, request.name)
    guard let row = records.row(named: request.name), QueueMember(queue, nil).is(row.record) else {
      throw .noSemaphore
    }
    var added = request.permits
    if let (member, number) = heldMember(of: holder, queue, records) {
      let row = records[number]
      let held = row.record.integer(of: "permits")
      added = max(0, added - held)
      // The permits that it loses are counted as free at the commit.
      if held <= request.permits {
        try records.remove(member, number, in: transaction)
      } else {
        try setPermits(of: member, row, to: held - request.permits, in: &records, transaction)
      }
    }
    guard added > 0 else { return .ok }
    let (free, size) = (row.record.integer(of: "permits"), row.record.integer(of: "size"))
    guard added <= EngineLimits.permits - size else {
      throw Failure(.limit, "a semaphore has at most \(EngineLimits.permits) permits")
    }
    try setPermits(
      of: queue, row, free: free + added, size: size + added, in: &records, transaction)
    return .ok
  }

  /// The reason why a wait could never end: it wants to hold more permits than the semaphore has.
  ///
  /// A semaphore that was made without permits gets them from POST, and a consumer waits for what
  /// others produce: these may wait for more permits than there are.
  private func shortage(
    in record: Record, for permits: Int64, holding held: Int64 = 0, consumes: Bool
  ) -> Failure? {
    let size = record.integer(of: "size")
    guard !consumes, permits > size - held, record.integer(of: "initial") > 0 else { return nil }
    let own = held > 0 ? ", of which this holder has \(held)" : ""
    return Failure(
      .limit,
      "the semaphore has \(size) permits in all\(own), so \(permits) are never free: "
        + "SEM POST adds permits")
  }

  // MARK: Records

  /// The member with which a holder holds permits, if its record still exists.
  private mutating func heldMember(
    of holder: Holder, _ queue: QueueKey, _ records: borrowing RecordTable
  ) -> (member: QueueMember, row: RowID)? {
    guard let (number, record) = semaphores[queue.name]?.holding(of: holder) else { return nil }
    let member = QueueMember(queue, number)
    return records.row(of: member, record).map { (member, $0) }
  }

  /// Lets a holder hold more permits. All that it holds stand in one record.
  private mutating func give(
    _ permits: Int64, to holder: Holder, of queue: QueueKey, in records: inout RecordTable,
    _ transaction: Transaction
  ) throws(Failure) {
    if let (member, number) = heldMember(of: holder, queue, records) {
      let row = records[number]
      let held = row.record.integer(of: "permits")
      try setPermits(of: member, row, to: held + permits, in: &records, transaction)
    } else {
      let (name, member) = queue.nextMember(in: &records, transaction)
      let record = try queue.member(named: name, permits: permits, isHeld: true)
      try records.add(
        record, as: member, Newcomer(holder: holder, waits: false), in: transaction)
    }
  }

  /// Writes how many permits a semaphore has, free and in all.
  func setPermits(
    of queue: QueueKey, _ row: Row, free: Int64, size: Int64, in records: inout RecordTable,
    _ transaction: Transaction
  ) throws(Failure) {
    let initial = row.record.integer(of: "initial")
    let record = try queue.semaphore(initial: initial, free: free, size: size)
    try records.replace(row, by: record, as: QueueMember(queue, nil), in: transaction)
  }

  /// Writes how many permits a member holds.
  private func setPermits(
    of member: QueueMember, _ row: Row, to permits: Int64, in records: inout RecordTable,
    _ transaction: Transaction
  ) throws(Failure) {
    let name = row.record.withContents { Array($0.name) }
    let record = try member.queue.member(named: name, permits: permits, isHeld: true)
    try records.replace(row, by: record, as: member, in: transaction)
  }

  // MARK: Committing

  mutating func apply(
    _ change: QueueChange, _ transaction: Transaction, _ records: inout RecordTable
  ) {
    let name = change.queue.name
    switch (change.kind, change.member.number) {
    case (.removed, nil): remove(name, transaction, &records)
    case (_, nil): if semaphores[name] == nil { semaphores.insert(Semaphore(), name) }
    case (.removed, let number?):
      guard let member = semaphores[name]?.remove(number) else { return }
      memberCount -= 1
      if let wait = member.wait { transaction.completions.append((wait, .error(.gone))) }
    case (.rewritten(let record), let number?), (.joined(let record, _, nil), let number?):
      guard let semaphore = semaphores[name], var member = semaphore[number] else { return }
      member.record = record
      member.permits = record.integer(of: "permits")
      member.isHeld = record.isHeld
      semaphore.replace(number, by: member)
    case (.joined(let record, _, let newcomer?), let number?):
      guard let semaphore = semaphores[name] else { return }
      semaphore.append(
        number,
        Semaphore.Member(
          record: record, permits: record.integer(of: "permits"), isHeld: record.isHeld,
          holder: newcomer.holder, wait: newcomer.waits ? transaction.wait?.id : nil,
          consumes: newcomer.consumes))
      memberCount += 1
    }
  }

  /// Removes a semaphore whose record was deleted, and all its members.
  private mutating func remove(
    _ name: [UInt8], _ transaction: Transaction, _ records: inout RecordTable
  ) {
    guard let semaphore = semaphores[name] else { return }
    semaphores.remove(name)
    memberCount -= semaphore.memberCount
    deleted.append((semaphore, Heap(semaphore.memberNumbers)))
    removeOrphans(transaction, &records)
  }

  var hasOrphans: Bool { !deleted.isEmpty }

  /// Removes members of semaphores that were deleted, until the budget is spent.
  mutating func removeOrphans(_ transaction: Transaction, _ records: inout RecordTable) {
    while !records.budget.isSpent, !deleted.isEmpty {
      guard let number = deleted[0].numbers.popMin() else {
        deleted.removeFirst()
        continue
      }
      guard let member = deleted[0].semaphore.remove(number) else { continue }
      if let wait = member.wait { transaction.completions.append((wait, .error(.gone))) }
      records.budget.spend(Work.watch)
      // Only the end of all revisions refuses this.
      if let row = records.row(named: member.record), QueueMember.isMember(row.record) {
        try? records.erase(row, in: transaction)
      }
    }
  }

  /// Counts the permits that have come back, and gives permits to the first waiter, if they are
  /// enough. That writes records, which brings the next waiter here.
  mutating func grantNext(
    in queue: QueueKey, _ transaction: Transaction, _ records: inout RecordTable
  ) {
    guard let semaphore = semaphores[queue.name], let row = records.row(named: queue.name) else {
      return records.retireCounter(queue.counterPrefix)
    }
    let before = row.record.integer(of: "permits")
    var free = before + semaphore.takeReturned()
    let sizeBefore = row.record.integer(of: "size")
    var size = sizeBefore
    let next = semaphore.grantNext(free: free)
    if let next {
      free -= next.member.permits
      if next.member.consumes { size -= next.member.permits }
    }
    // Only the end of all revisions refuses these writes.
    if free != before || size != sizeBefore {
      try? setPermits(of: queue, row, free: free, size: size, in: &records, transaction)
    }
    guard let (number, waiter) = next else {
      return refuseFirstUnlessPossible(semaphore, row.record, queue, transaction, &records)
    }
    records.budget.spend(Work.watch)
    if let wait = waiter.wait { transaction.completions.append((wait, .integer(1))) }
    try? hold(waiter, QueueMember(queue, number), transaction, &records)
  }

  /// Ends the wait of the first waiter if consumers have left fewer permits than it wants to hold.
  private func refuseFirstUnlessPossible(
    _ semaphore: Semaphore, _ record: Record, _ queue: QueueKey, _ transaction: Transaction,
    _ records: inout RecordTable
  ) {
    guard let (number, waiter) = semaphore.firstWaiter,
      let shortage = shortage(in: record, for: waiter.permits, consumes: waiter.consumes),
      let row = records.find(waiter.record), QueueMember.isMember(records[row].record)
    else { return }
    if let wait = semaphore.takeWait(of: number) {
      transaction.completions.append((wait, .error(shortage)))
    }
    try? records.remove(QueueMember(queue, number), row, in: transaction)
  }

  /// Writes that a waiter holds its permits now, or has consumed them.
  private mutating func hold(
    _ waiter: Semaphore.Member, _ member: QueueMember, _ transaction: Transaction,
    _ records: inout RecordTable
  ) throws(Failure) {
    guard let row = records.row(of: member, waiter.record) else { return }
    if waiter.consumes {
      try records.remove(member, row, in: transaction)
    } else if semaphores[member.queue.name]?.holding(of: waiter.holder) == nil {
      try setPermits(of: member, records[row], to: waiter.permits, in: &records, transaction)
    } else {
      try records.remove(member, row, in: transaction)
      try give(waiter.permits, to: waiter.holder, of: member.queue, in: &records, transaction)
    }
  }
}

extension QueueKey {
  fileprivate func semaphore(initial: Int64, free: Int64, size: Int64) throws(Failure) -> Record {
    try record(
      named: name, before: [("initial", initial), ("permits", free)],
      after: [("size", .integer(size))])
  }

  fileprivate func member(
    named recordName: [UInt8], permits: Int64, isHeld: Bool
  ) throws(Failure) -> Record {
    let state: StaticString = isHeld ? "held" : "waiting"
    return try record(
      named: recordName, before: [("permits", permits)], after: [("state", .symbol(state.bytes))])
  }
}

extension Record {
  fileprivate var isHeld: Bool {
    withContents { $0.isText(("held" as StaticString).bytes, of: "state") }
  }
}

extension Failure {
  fileprivate static let noSemaphore = Failure(.noSemaphore, "there is no such semaphore")
}
