import OctopusRecords
import OctopusStore

// LOCK and UNLOCK, and what becomes of a lock when its members' records come and go.

extension Engine {
  /// Writes a member's record and answers, or lets the request wait for its turn; null if there is no
  /// time to wait.
  mutating func lock(
    _ request: LockRequest, _ origin: Origin, into effects: inout [Effect]
  ) throws(Failure) {
    try authorize(request.name, origin.session)
    let known = coordination.lock(request.name)
    let holder = Holder(session: origin.session, who: request.who)
    if let known, let place = known.place(of: holder) {
      let verb = known.members[place].state == .holds ? "holds" : "waits for"
      throw Failure(.busy, "this holder \(verb) the lock already")
    }
    let isFree = known?.admits(shared: request.isShared) ?? true
    guard isFree || request.timeout != 0 else {
      return effects.append(origin.handle.effect(origin.session, .null, revision))
    }
    let group = Place.Group(kind: .lock, name: request.name)
    let stem = known?.stem ?? group.stem
    let next = try findNextName(stem)
    let record = try group.member(named: store.nextName, request, like: known?.template)
    if bounds.memory < .max {
      let waiting = isFree ? 0 : Footprint.watch + (origin.tag?.count ?? 0)
      try checkMemory(
        for: store.footprint(of: record, next, stem) + Footprint.member + waiting)
    }
    let wait =
      isFree
      ? nil
      : Wait(
        for: .member(record), request.timeout, origin, id: try nextWatchID(of: origin.session, 0))
    try takeRevision()
    store.take(next, stem)
    let row = Row(
      record: record, revision: revision, created: revision, owner: origin.session)
    place(row, over: nil)
    let lock = known ?? coordination.addLock(group)
    lock.append(
      Lock.Member(
        number: next.number, record: record, token: revision, isShared: request.isShared,
        holder: holder, wait: wait?.id))
    if request.isPlain { lock.template = record }
    coordination.memberCount += 1
    announce(Change(revision: row.revision, before: nil, after: .init(row)), into: &effects)
    if let wait { return begin(wait) }
    _ = lock.grant()
    effects.append(
      origin.handle.effect(origin.session, .grant(token: revision, record), revision))
  }

  /// Answers 1 if the holder held the lock, which the next holds then.
  mutating func unlock(
    _ name: [UInt8], _ who: [UInt8], _ origin: Origin, into effects: inout [Effect]
  ) throws(Failure) {
    let holder = Holder(session: origin.session, who: who)
    guard let lock = coordination.lock(name), let place = lock.place(ofHolding: holder) else {
      return effects.append(.reply(origin.session, origin.request, .integer(0), revision))
    }
    try takeRevision()
    let row = displace(find(lock.members[place].record)!)  // A member has a record.
    let end = revision
    announce(Change(revision: end, before: .init(row), after: nil), into: &effects)
    _ = lock.remove(lock.members[place].number)
    coordination.memberCount -= 1
    while let (wait, reply) = lock.nextGrant() { answer(wait, reply, into: &effects) }
    if lock.isEmpty { retire(lock, name) }
    effects.append(.reply(origin.session, origin.request, .integer(1), revision))
  }

  /// The same in a transaction, with which it may be undone.
  mutating func unlock(
    _ name: [UInt8], _ who: [UInt8], _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    let holder = Holder(session: session, who: who)
    guard let lock = coordination.lock(name), let place = lock.place(ofHolding: holder)
    else { return .integer(0) }
    // Its record may have gone already, and another have its name.
    let record = lock.members[place].record
    guard let row = find(record), store[row].record == record else { return .integer(0) }
    try erase(row, Place(Place.Group(kind: .lock, name: name), lock.members[place].number), step)
    return .integer(1)
  }

  private mutating func retire(_ lock: Lock, _ name: [UInt8]) {
    coordination.retire(lock, name)
    letGo(Place.Group(kind: .lock, name: name))
  }

  // MARK: Committing

  /// A member's record has come by hand, or has gone other than by UNLOCK.
  mutating func noteLock(_ change: QueueChange, _ number: Int64, _ step: Step) {
    let group = change.place.group
    let lock = coordination.lock(group.name)
    if let record = change.record {
      let member = Lock.Member(
        number: number, record: record, token: change.revision,
        isShared: Lock.isShared(record) ?? false, holder: nil, wait: nil)
      (lock ?? coordination.addLock(group)).append(member)
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
    while let granted = lock.nextGrant() { step.answers.append(granted) }
    if lock.isEmpty { retire(lock, group.name) }
  }
}

extension Lock {
  /// The place of a holder that holds.
  fileprivate func place(ofHolding holder: Holder) -> Int? {
    place(of: holder).flatMap { members[$0].state == .holds ? $0 : nil }
  }

  /// Lets the next hold the lock that waits to hear of it, if it may, and answers what to tell it.
  fileprivate func nextGrant() -> (id: WaitID, reply: Reply)? {
    while let place = grant() {
      guard let wait = members[place].wait else { continue }
      return (wait, .grant(token: members[place].token, members[place].record))
    }
    return nil
  }
}

extension Place.Group {
  /// The record of a new member.
  ///
  /// - Parameter template: that of another with a plain request.
  fileprivate func member(
    named name: [UInt8], _ request: LockRequest, like template: Record?
  ) throws(Failure) -> Record {
    if request.isPlain, let template { return try template.named(name) }
    let mode: [(StaticString, ValueView)] =
      request.isShared ? [("mode", .symbol(("shared" as StaticString).bytes))] : []
    let record = try record(named: name, after: mode)
    return try request.body.map { (body) throws(Failure) in try record.with(body) } ?? record
  }
}

extension LockRequest {
  fileprivate var isPlain: Bool { !isShared && body == nil }
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
