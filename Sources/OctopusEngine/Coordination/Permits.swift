import OctopusRecords
import OctopusStore

// SEM: permits that are taken, waited for, and given back.
//
// A semaphore is a record, `pool { initial: 3, permits: 2, semaphore: 'pool', size: 3 }`: it was made with
// three permits, has three now, free or held, and two of them are free. Each holder and each waiter has a
// record of its own: `pool_7 { permits: 1, semaphore: 'pool', state: held }`.

extension Engine {
  mutating func newSemaphore(
    _ name: [UInt8], _ permits: Int64, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    try authorize(name, session)
    let group = Place.Group(kind: .semaphore, name: name)
    if let row = row(named: name) {
      guard Place(row.record) == Place(group, nil) else {
        throw Failure(.busy, "there is another record of this name")
      }
      let initial = row.record.integer(of: "initial")
      guard initial == permits else {
        throw Failure(.busy, "the semaphore exists: it was made with \(initial) permits")
      }
      return .ok
    }
    let record = try group.semaphore(initial: permits, free: permits, size: permits)
    let revision = try write(record, over: nil, owner: nil, step)
    step.noteQueue(Place(group, nil), record, isNew: true, at: revision)
    return .ok
  }

  /// Takes permits at once, or waits for them. Null if there is no time to wait.
  mutating func takePermits(
    _ request: PermitRequest, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Reply? {
    try authorize(request.name, origin.session)
    let group = Place.Group(kind: .semaphore, name: request.name)
    let holder = Holder(session: origin.session, who: request.who)
    guard let semaphore = coordination.semaphores[request.name], let row = row(named: request.name)
    else { throw .noSemaphore }
    let free = row.record.integer(of: "permits")
    // A holder whose connection waits cannot give back what it has.
    let isBlocked = origin.tag == nil && !request.consumes
    let held =
      isBlocked ? semaphore.holding(of: holder, group)?.record.integer(of: "permits") ?? 0 : 0
    if let shortage = shortage(
      in: row.record, request.permits, holding: held, consumes: request.consumes)
    {
      throw shortage
    }
    if semaphore.isIdle, free >= request.permits {
      let size = row.record.integer(of: "size") - (request.consumes ? request.permits : 0)
      try count(free - request.permits, of: size, in: row, group, step)
      if !request.consumes { try give(request.permits, to: holder, group, step) }
      return .integer(1)
    }
    if request.timeout == 0 { return .null }
    let (name, place) = try nextMember(of: group, step)
    let record = try group.member(named: name, permits: request.permits, isHeld: false)
    try enlist(record, place, holder, consumes: request.consumes, step)
    try wait(for: .member(record), request.timeout, origin, step)
    return nil
  }

  /// Gives back what the holder has, and adds what is more than that.
  mutating func postPermits(
    _ request: PermitRequest, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    try authorize(request.name, session)
    let group = Place.Group(kind: .semaphore, name: request.name)
    let holder = Holder(session: session, who: request.who)
    guard let row = row(named: request.name), Place(group, nil).isOf(row.record) else {
      throw .noSemaphore
    }
    let semaphore = coordination.semaphores[request.name]
    var more = request.permits
    if let (record, place) = semaphore?.holding(of: holder, group),
      let own = memberRow(of: record, at: place)
    {
      let held = own.record.integer(of: "permits")
      more = max(0, more - held)
      // What it loses is counted as free when the step is committed.
      if held <= request.permits {
        try erase(own, place, step)
      } else {
        try rewrite(own, permits: held - request.permits, place, step)
      }
    }
    guard more > 0 else { return .ok }
    let (free, size) = (row.record.integer(of: "permits"), row.record.integer(of: "size"))
    guard more <= Limits.permits - size else {
      throw Failure(.limit, "a semaphore has at most \(Limits.permits) permits")
    }
    try count(free + more, of: size + more, in: row, group, step)
    return .ok
  }

  /// Why a wait could never end: it wants to hold more permits than the semaphore has.
  ///
  /// A semaphore that was made without permits gets them from POST, and a consumer waits for what others
  /// produce: these may wait for more than there is.
  private func shortage(
    in record: Record, _ permits: Int64, holding held: Int64 = 0, consumes: Bool
  ) -> Failure? {
    let size = record.integer(of: "size")
    guard !consumes, permits > size - held, record.integer(of: "initial") > 0 else { return nil }
    let own = held > 0 ? ", of which this holder has \(held)" : ""
    return Failure(
      .limit,
      "the semaphore has \(size) permits in all\(own), so \(permits) are never free: "
        + "SEM POST adds permits")
  }

  /// Lets a holder hold so many more.
  private mutating func give(
    _ permits: Int64, to holder: Holder, _ group: Place.Group, _ step: Step
  ) throws(Failure) {
    if let (record, place) = coordination.semaphores[group.name]?.holding(of: holder, group),
      let row = memberRow(of: record, at: place)
    {
      try rewrite(row, permits: row.record.integer(of: "permits") + permits, place, step)
    } else {
      let (name, place) = try nextMember(of: group, step)
      let record = try group.member(named: name, permits: permits, isHeld: true)
      try enlist(record, place, holder, step)
    }
  }

  /// Writes how many permits are free, of how many in all.
  private mutating func count(
    _ free: Int64, of size: Int64, in row: Row, _ group: Place.Group, _ step: Step
  ) throws(Failure) {
    let initial = row.record.integer(of: "initial")
    let record = try group.semaphore(initial: initial, free: free, size: size)
    try rewrite(row, as: record, Place(group, nil), step)
  }

  /// Writes how many permits a member holds.
  private mutating func rewrite(
    _ row: Row, permits: Int64, _ place: Place, _ step: Step
  ) throws(Failure) {
    let name = row.record.withContents { Array($0.name) }
    let record = try place.group.member(named: name, permits: permits, isHeld: true)
    try rewrite(row, as: record, place, step)
  }

  // MARK: Committing

  /// The semaphore itself has come, has changed or has gone; with it go all its members.
  mutating func noteSemaphore(_ group: Place.Group, _ record: Record?, _ step: Step) {
    let known = coordination.semaphores[group.name]
    if record != nil, known == nil { coordination.semaphores.insert(Semaphore(), group.name) }
    guard record == nil, let semaphore = known else { return }
    coordination.semaphores.remove(group.name)
    coordination.memberCount -= semaphore.members.count
    for (_, member) in semaphore.members.sorted(by: { $0.key < $1.key }) {
      if let wait = member.wait { step.answers.append((wait, .error(.gone))) }
      // Only the end of all revisions refuses this.
      if let row = memberRow(of: member.record) { try? erase(row, step) }
    }
  }

  mutating func notePermits(
    _ place: Place, _ number: Int64, _ record: Record?, _ step: Step
  ) {
    guard let semaphore = coordination.semaphores[place.group.name] else { return }
    guard let record else {
      guard let member = semaphore.remove(number) else { return }
      coordination.memberCount -= 1
      if let wait = member.wait { step.answers.append((wait, .error(.gone))) }
      return
    }
    let permits = record.integer(of: "permits")
    let isHeld = record.isHeld
    if var member = semaphore.members[number] {
      (member.record, member.permits, member.isHeld) = (record, permits, isHeld)
      semaphore.replace(number, by: member)
    } else if let claim = step.claim, claim.place == place {
      semaphore.append(
        number,
        Semaphore.Member(
          record: record, permits: permits, isHeld: isHeld, holder: claim.holder,
          wait: step.wait?.id, consumes: claim.consumes))
      coordination.memberCount += 1
    }
  }

  /// Counts what has come back, and gives permits to the next, if there are enough. What that changes
  /// brings it here again, for the one after that.
  mutating func grantPermits(_ group: Place.Group, _ step: Step) {
    guard let semaphore = coordination.semaphores[group.name], let row = row(named: group.name)
    else { return letGo(group) }
    let before = row.record.integer(of: "permits")
    var free = before + semaphore.takeReturned()
    let sizeBefore = row.record.integer(of: "size")
    var size = sizeBefore
    let next = semaphore.next(free: free)
    if let next {
      free -= next.member.permits
      if next.member.consumes { size -= next.member.permits }
    }
    // Only the end of all revisions refuses these.
    if free != before || size != sizeBefore { try? count(free, of: size, in: row, group, step) }
    guard let next else { return refuseUnlessPossible(semaphore, row.record, group, step) }
    if let wait = next.member.wait { step.answers.append((wait, .integer(1))) }
    try? grant(next.member, Place(group, next.number), step)
  }

  /// Ends the wait of the first in line if consumers have left fewer permits than it wants to hold.
  private mutating func refuseUnlessPossible(
    _ semaphore: Semaphore, _ record: Record, _ group: Place.Group, _ step: Step
  ) {
    guard let (number, member) = semaphore.first,
      let shortage = shortage(in: record, member.permits, consumes: member.consumes),
      let row = memberRow(of: member.record)
    else { return }
    if let wait = semaphore.takeWait(of: number) { step.answers.append((wait, .error(shortage))) }
    try? erase(row, Place(group, number), step)
  }

  private mutating func grant(
    _ member: Semaphore.Member, _ place: Place, _ step: Step
  ) throws(Failure) {
    guard let row = memberRow(of: member.record, at: place) else { return }
    let semaphore = coordination.semaphores[place.group.name]
    if member.consumes {
      try erase(row, place, step)
    } else if semaphore?.holding(of: member.holder, place.group) == nil {
      try rewrite(row, permits: member.permits, place, step)
    } else {
      // One record for all that a holder has.
      try erase(row, place, step)
      try give(member.permits, to: member.holder, place.group, step)
    }
  }
}

extension Place.Group {
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
