import OctopusRecords
import OctopusStore

/// The locks by name.
///
/// Each holder and each waiter has a record: `print_3 { lock: 'print' }`.
struct LockTable: ~Copyable {
  private var locks = NamedQueues<Lock>()
  /// The lock that was emptied last. It stays in the table, since most locks are taken again.
  private var idle: (lock: Lock, name: [UInt8])?
  private(set) var memberCount = 0

  /// How many locks are held or waited for.
  var count: Int { locks.count - (idle?.lock.isEmpty ?? false ? 1 : 0) }

  // MARK: Commands

  /// The member that a LOCK will add.
  struct Candidate: ~Copyable {
    fileprivate let lock: Lock?
    let counterPrefix: [UInt8]
    let next: Store.Numbered
    let record: Record
    /// Whether it holds the lock at once.
    let isFree: Bool
  }

  /// LOCK, up to its change: nil if there is no time to wait.
  mutating func candidate(
    for request: LockRequest, by holder: Holder, in records: inout RecordTable
  ) throws(Failure) -> Candidate? {
    let lock = locks[request.name]
    if let lock, let index = lock.index(of: holder) {
      let verb = lock.members[index].state == .holds ? "holds" : "waits for"
      throw Failure(.busy, "this holder \(verb) the lock already")
    }
    let isFree = lock?.admits(shared: request.isShared) ?? true
    guard isFree || request.timeout != 0 else { return nil }
    let prefix = lock?.counterPrefix ?? QueueKey(.lock, request.name).counterPrefix
    let next = records.findName(prefix)
    let record = try request.member(named: records.foundName, like: lock)
    return Candidate(
      lock: lock, counterPrefix: prefix, next: next, record: record, isFree: isFree)
  }

  /// Adds a candidate whose record was written. It holds the lock, or it waits.
  mutating func add(
    _ candidate: consuming Candidate, for request: LockRequest, by holder: Holder, token: Revision,
    wait: WaitID?
  ) {
    let lock = candidate.lock ?? add(QueueKey(.lock, request.name))
    if request.isPlain { lock.template = candidate.record }
    lock.append(
      Lock.Member(
        number: candidate.next.number, record: candidate.record, token: token,
        isShared: request.isShared, holder: holder, wait: wait))
    memberCount += 1
    if wait == nil { _ = lock.grantNext() }
  }

  /// UNLOCK: deletes the record of the holder's member, and answers the member and the row; nil if
  /// the holder does not hold the lock.
  mutating func unlock(
    _ name: [UInt8], by holder: Holder, in records: inout RecordTable, _ transaction: Transaction?
  ) throws(Failure) -> (lock: Lock, number: Int64, row: Row)? {
    guard let lock = locks[name], let index = lock.index(of: holder),
      lock.members[index].state == .holds
    else { return nil }
    // Earlier commands of a transaction may have deleted the record, and given its name to another.
    let record = lock.members[index].record
    guard let row = records.find(record), transaction == nil || records[row].record == record
    else { return nil }
    let number = lock.members[index].number
    return (lock, number, try records.erase(row, in: transaction))
  }

  /// Removes a member whose record was deleted, and answers its wait if it did not hold the lock.
  mutating func remove(_ number: Int64, from lock: Lock) -> WaitID? {
    guard let (state, wait) = lock.remove(number) else { return nil }
    memberCount -= 1
    return state == .holds ? nil : wait
  }

  /// Retires a lock without members. Its counter goes too, if there are many.
  mutating func retire(_ lock: Lock, _ name: [UInt8], _ records: inout RecordTable) {
    records.retireCounter(lock.counterPrefix)
    if let idle, idle.lock === lock { return }
    _ = takeIdle()
    idle = (lock, name)
  }

  // MARK: Committing

  /// A member's record was made by hand, or was deleted.
  mutating func apply(_ change: QueueChange, _ transaction: Transaction) {
    guard let number = change.member.number else { return }
    let lock = locks[change.queue.name]
    switch change.kind {
    case .joined(let record, let token, _):
      (lock ?? add(change.queue)).append(
        Lock.Member(
          number: number, record: record, token: token, isShared: Lock.isShared(record) ?? false,
          holder: nil, wait: nil))
      memberCount += 1
    case .removed:
      guard let lock, let wait = remove(number, from: lock) else { return }
      transaction.completions.append((wait, .error(.gone)))
    case .rewritten: break
    }
  }

  /// Grants what is free; false if the budget was spent before.
  mutating func grantNext(
    in queue: QueueKey, _ transaction: Transaction, _ records: inout RecordTable
  ) -> Bool {
    guard let lock = locks[queue.name] else {
      records.retireCounter(queue.counterPrefix)
      return true
    }
    while let grant = lock.nextGrant() {
      transaction.completions.append(grant)
      records.budget.spend(Work.watch)
      if records.budget.isSpent { return false }
    }
    if lock.isEmpty { retire(lock, queue.name, &records) }
    return true
  }

  // MARK: The table

  private mutating func add(_ queue: QueueKey) -> Lock {
    let lock = takeIdle() ?? Lock()
    (lock.counterPrefix, lock.template) = (queue.counterPrefix, nil)
    locks.insert(lock, queue.name)
    return lock
  }

  private mutating func takeIdle() -> Lock? {
    guard let (lock, name) = idle.take(), lock.isEmpty else { return nil }
    locks.remove(name)
    return lock
  }
}

extension Lock {
  /// Lets the next waiter hold the lock, if it is free for it, and answers its wait and the reply.
  func nextGrant() -> (id: WaitID, reply: Reply)? {
    while let index = grantNext() {
      guard let wait = members[index].wait else { continue }
      return (wait, .grant(token: members[index].token, members[index].record))
    }
    return nil
  }
}

extension LockRequest {
  fileprivate var isPlain: Bool { !isShared && body == nil }

  /// The record of a lock's new member.
  fileprivate func member(named recordName: [UInt8], like lock: Lock?) throws(Failure) -> Record {
    if isPlain, let template = lock?.template { return try template.named(recordName) }
    let mode: [(StaticString, ValueView)] =
      isShared ? [("mode", .symbol(("shared" as StaticString).bytes))] : []
    let record = try QueueKey(.lock, name).record(named: recordName, after: mode)
    return try body.map { (body) throws(Failure) in try record.with(body) } ?? record
  }
}

extension Record {
  /// This record under another name.
  func named(_ name: [UInt8]) throws(Failure) -> Record {
    do throws(SyntaxError) {
      return try name.withUnsafeBufferPointer { (name) throws(SyntaxError) in try renamed(name) }
    } catch { throw Failure(error) }
  }

  /// This record with more attributes.
  fileprivate func with(_ body: Record) throws(Failure) -> Record {
    do throws(MergeError) {
      return try merging(body, removing: [], adding: [])
    } catch {
      guard case .syntax(let error) = error else { preconditionFailure("nothing is added to") }
      throw Failure(error)
    }
  }
}
