import OctopusRecords

@testable import OctopusEngine

// The rules of locks, semaphores and barriers in the reference model.
extension NaiveCoordination {
  // MARK: Locks

  /// The lowest number holds, and a run of shared ones together.
  func mayHold(_ member: Member, in queue: [Member]) -> Bool {
    let earlier = queue.prefix { $0.name != member.name }
    return earlier.isEmpty || member.isShared && earlier.allSatisfy(\.isShared)
  }

  mutating func lock(
    _ request: LockRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let holder = Holder(session, task: request.task)
    let queue = members.filter { $0.isOf(.lock, request.name) }
    if queue.contains(where: { $0.holder == holder }) { throw Failure(.busy, "") }
    let name = text(request.name)
    let member = Member(
      kind: .lock, group: name, name: "", holder: holder, isShared: request.isShared)
    if request.timeout == 0, !mayHold(member, in: queue) { return .null }
    let mode = request.isShared ? ", mode: shared" : ""
    let added = add(member, "{ lock: '\(name)'\(mode) }", owner: session)
    let id = wait(request.timeout, session, handle, now, for: added.name)
    newcomer?.wait = id
    return nil
  }

  // MARK: Semaphores

  func free(_ name: String) -> Int64? { records[name]?.record["permits"]?.integer }

  func size(_ name: String) -> Int64 { records[name]?.record["size"]?.integer ?? 0 }

  /// Writes how many permits are free; `more`: by how many all of them grow.
  mutating func count(_ free: Int64, more: Int64 = 0, _ name: String) {
    guard let initial = records[name]?.record["initial"]?.integer else { return }
    write(name, initial, free, size(name) + more)
  }

  mutating func write(_ name: String, _ initial: Int64, _ free: Int64, _ size: Int64) {
    let permits = "initial: \(initial), permits: \(free), semaphore: '\(name)', size: \(size)"
    put(name, "{ \(permits) }", owner: nil)
  }

  /// Whether a wait of a holder can never end.
  func isImpossible(_ permits: Int64, _ consumes: Bool, _ name: String) -> Bool {
    !consumes && permits > size(name) && records[name]?.record["initial"]?.integer ?? 0 > 0
  }

  mutating func newSemaphore(_ name: String, _ permits: Int64) throws(Failure) -> Reply {
    if let record = records[name]?.record {
      guard record["initial"]?.integer == permits else { throw Failure(.busy, "") }
      return .ok
    }
    write(name, permits, permits, permits)
    return .ok
  }

  func holding(_ holder: Holder, _ name: String) -> Member? {
    members.first {
      $0.kind == .semaphore && $0.group == name && $0.holds && $0.holder == holder
        && isMember($0.name)
    }
  }

  mutating func take(
    _ request: PermitRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let name = text(request.name)
    let holder = Holder(session, task: request.task)
    guard let free = free(name) else { throw Failure(.noSemaphore, "") }
    var wanted = request.permits
    if case .request = handle, !request.consumes { wanted += holding(holder, name)?.permits ?? 0 }
    if isImpossible(wanted, request.consumes, name) { throw Failure(.limit, "") }
    let isWaiting = members.contains { $0.isOf(.semaphore, request.name) && !$0.holds }
    var member = Member(
      kind: .semaphore, group: name, name: "", holder: holder, permits: request.permits,
      consumes: request.consumes)
    if !isWaiting, free >= request.permits {
      count(free - request.permits, more: request.consumes ? -request.permits : 0, name)
      if request.consumes { return .integer(1) }
      if let own = holding(holder, name) {
        write(own, permits: own.permits + request.permits)
      } else {
        member.holds = true
        _ = add(member, member.body, owner: session)
      }
      return .integer(1)
    }
    if request.timeout == 0 { return .null }
    let added = add(member, member.body, owner: session)
    let id = wait(request.timeout, session, handle, now, for: added.name)
    newcomer?.wait = id
    return nil
  }

  /// Gives a holder n permits, and records that.
  mutating func write(_ member: Member, permits: Int64) {
    guard let place = members.firstIndex(where: { $0.name == member.name }) else { return }
    members[place].permits = permits
    members[place].holds = true
    put(member.name, members[place].body, owner: member.holder?.session)
  }

  mutating func post(
    _ request: PermitRequest, _ session: SessionID
  ) throws(Failure) -> Reply {
    let name = text(request.name)
    guard let free = free(name) else { throw Failure(.noSemaphore, "") }
    var more = request.permits
    if let own = holding(Holder(session, task: request.task), name) {
      let back = min(own.permits, request.permits)
      more -= back
      returned[name, default: 0] += back
      if back == own.permits {
        // Not to be counted again when the record is seen to have gone.
        members[members.firstIndex { $0.name == own.name }!].permits = 0  // It was just found.
        erase(own.name)
      } else {
        write(own, permits: own.permits - back)
      }
    }
    if more > 0 { count(free + more, more: more, name) }
    return .ok
  }

  // MARK: Barriers

  mutating func enter(
    _ request: BarrierRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let name = text(request.name)
    let holder = Holder(session, task: request.task)
    let parties = members.filter { $0.isOf(.barrier, request.name) }
    if let own = parties.last(where: { $0.holder == holder }) {
      let isLeaving = waits.contains { $0.id == own.wait }
      if !own.hasLeft || isLeaving { throw Failure(.busy, "") }
    }
    let entering = parties.filter { !$0.holds }
    if let other = entering.first, other.size != request.parties { throw Failure(.busy, "") }
    if request.timeout == 0, entering.count + 1 < request.parties { return .null }
    members.removeAll { $0.isOf(.barrier, request.name) && $0.holder == holder }
    let member = Member(
      kind: .barrier, group: name, name: "", holder: holder, size: request.parties,
      round: rounds[name, default: 0])
    let added = add(
      member, "{ barrier: '\(name)', parties: \(request.parties) }", owner: session)
    let id = wait(request.timeout, session, handle, now, for: added.name)
    newcomer?.wait = id
    return nil
  }

  mutating func leave(
    _ request: BarrierRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let holder = Holder(session, task: request.task)
    guard
      let place = members.lastIndex(where: {
        $0.isOf(.barrier, request.name) && $0.holder == holder && $0.holds
      })
    else { throw Failure(.notHeld, "") }
    let own = members[place]
    if waits.contains(where: { $0.id == own.wait }) { throw Failure(.busy, "") }
    let others = members.filter {
      $0.isOf(.barrier, request.name) && $0.round == own.round && !$0.hasLeft
        && $0.name != own.name
    }
    if !own.hasLeft {
      leaving = own.name
      erase(own.name)
      if others.isEmpty {
        return broken.contains(own.roundName) ? .error(Failure(.broken, "")) : .ok
      }
    }
    if request.timeout == 0 { return .null }
    members[place].wait = wait(request.timeout, session, handle, now, for: nil)
    return nil
  }
}
