import OctopusRecords
import OctopusStore

// LOCK and UNLOCK, and what becomes of a lock when its members' records come and go.

extension Engine {
  /// Writes a member's record and waits for its turn, which may be at once. Null if there is no time
  /// to wait.
  mutating func lock(
    _ request: LockRequest, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Reply? {
    let group = Place.Group(kind: .lock, name: request.name)
    let holder = Holder(session: origin.session, who: request.who)
    let lock = coordination.lock(request.name)
    if let lock, let place = lock.place(of: holder) {
      let verb = lock.members[place].state == .holds ? "holds" : "waits for"
      throw Failure(.busy, "this holder \(verb) the lock already")
    }
    if request.timeout == 0, let lock, !lock.admits(shared: request.isShared) { return .null }
    let (name, place) = try nextMember(of: group, step)
    let mode: [(StaticString, ValueView)] =
      request.isShared ? [("mode", .symbol(("shared" as StaticString).bytes))] : []
    var record = try group.record(named: name, after: mode)
    if let body = request.body { record = try record.with(body) }
    try enlist(record, place, holder, step)
    try wait(for: .member(record), request.timeout, origin, step)
    return nil
  }

  /// Answers 1 if the holder held the lock.
  mutating func unlock(
    _ name: [UInt8], _ who: [UInt8], _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    let holder = Holder(session: session, who: who)
    guard let lock = coordination.lock(name), let place = lock.place(of: holder),
      lock.members[place].state == .holds
    else { return .integer(0) }
    // In a transaction its record may have gone already, and another have its name.
    let record = lock.members[place].record
    guard let row = find(record), store[row].record == record else { return .integer(0) }
    try erase(row, Place(Place.Group(kind: .lock, name: name), lock.members[place].number), step)
    return .integer(1)
  }

  // MARK: Committing

  mutating func noteLock(
    _ change: Int, _ place: Place, _ number: Int64, _ record: Record?, _ step: Step
  ) {
    let lock = coordination.lock(place.group.name)
    if let record {
      let isOwn = step.claim?.place == place
      let member = Lock.Member(
        number: number, record: record, token: step.changes[change].revision,
        isShared: Lock.isShared(record) ?? false,
        holder: isOwn ? step.claim?.holder : nil, wait: isOwn ? step.wait?.id : nil)
      (lock ?? coordination.addLock(place.group.name)).append(member)
      coordination.memberCount += 1
    } else if let member = lock?.remove(number) {
      coordination.memberCount -= 1
      if let wait = member.wait, member.state != .holds {
        step.answers.append((wait, .error(.gone)))
      }
    }
  }

  mutating func grantLock(_ group: Place.Group, _ step: Step) {
    guard let lock = coordination.lock(group.name) else { return letGo(group) }
    while let place = lock.grant() {
      guard let wait = lock.members[place].wait else { continue }
      step.answers.append(
        (wait, .grant(token: lock.members[place].token, lock.members[place].record)))
    }
    guard lock.isEmpty else { return }
    coordination.retire(lock, group.name)
    letGo(group)
  }
}

extension Record {
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
