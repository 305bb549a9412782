import OctopusRecords
import OctopusStore

// BARRIER ENTER and LEAVE.
//
// Each party has a record, `start_2 { barrier: 'start', parties: 3 }`, from ENTER to LEAVE.

extension Engine {
  /// Writes a party's record and waits for the others. Null if there is no time to wait.
  mutating func enterBarrier(
    _ request: BarrierRequest, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Reply? {
    try authorize(request.name, origin.session)
    let group = Place.Group(kind: .barrier, name: request.name)
    let holder = Holder(session: origin.session, who: request.who)
    let barrier = coordination.barriers[request.name]
    try checkIsOutside(holder, barrier)
    let round = barrier?.enteringRound
    if let round, round.size != request.parties {
      throw Failure(.busy, "the barrier is being entered by \(round.size) parties")
    }
    let isLast = (round?.present.count ?? 0) + 1 == request.parties
    if request.timeout == 0, !isLast { return .null }
    let (name, place) = try nextMember(of: group, step)
    let record = try group.record(
      named: name, after: [("parties", .integer(Int64(request.parties)))])
    try enlist(record, place, holder, step)
    try wait(for: .member(record), request.timeout, origin, step)
    return nil
  }

  private func checkIsOutside(_ holder: Holder, _ barrier: Barrier?) throws(Failure) {
    guard let party = barrier?.party(of: holder) else { return }
    guard party.hasLeft else {
      let isInside = barrier?.rounds[party.round]?.isEntered ?? false
      throw Failure(
        .busy, isInside ? "this holder has entered: LEAVE first" : "this holder enters already")
    }
    try checkIsNotLeaving(party)
  }

  private func checkIsNotLeaving(_ party: Barrier.Party) throws(Failure) {
    guard party.wait.map({ waits[$0] == nil }) ?? true else {
      throw Failure(.busy, "this holder waits for the others to leave already")
    }
  }

  /// Deletes the party's record and waits until all of its round have left. Null if there is no time
  /// to wait: it has left all the same.
  mutating func leaveBarrier(
    _ request: BarrierRequest, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Reply? {
    let holder = Holder(session: origin.session, who: request.who)
    guard let barrier = coordination.barriers[request.name],
      let party = barrier.party(of: holder), let round = barrier.rounds[party.round],
      round.isEntered
    else { throw Failure(.notHeld, "this holder has not entered the barrier") }
    try checkIsNotLeaving(party)
    if !party.hasLeft, let row = memberRow(of: party.record) {
      step.leaving = party.number
      try erase(row, step)
      if round.present.count == 1 { return round.isBroken ? .error(.broken) : .ok }
    }
    if request.timeout == 0 { return .null }
    try wait(for: .leaving(barrier: request.name, holder), request.timeout, origin, step)
    return nil
  }

  // MARK: Committing

  mutating func noteBarrier(
    _ place: Place, _ number: Int64, _ record: Record?, _ step: Step
  ) {
    let name = place.group.name
    if let record {
      guard let claim = step.claim else { return }
      let size = Int(record.integer(of: "parties"))
      coordination.barriers[name, default: Barrier()]
        .enter(number, record, claim.holder, size: size, wait: step.wait?.id)
      coordination.memberCount += 1
    } else if coordination.barriers[name] != nil {
      coordination.memberCount -= 1
      let wait = coordination.barriers[name]?.remove(number, isLeaving: step.leaving == number)
      if let wait = wait ?? nil { step.answers.append((wait, .error(.gone))) }
    }
  }

  /// Lets in those who are all there, and out those who have all left.
  mutating func openBarrier(_ group: Place.Group, _ step: Step) {
    for party in coordination.barriers[group.name]?.open() ?? [] {
      if let wait = party.wait { step.answers.append((wait, .name(party.record))) }
    }
    for closed in coordination.barriers[group.name]?.close() ?? [] {
      for wait in closed.waits {
        step.answers.append((wait, closed.isBroken ? .error(.broken) : .ok))
      }
    }
    guard coordination.barriers[group.name]?.isEmpty ?? false else { return }
    coordination.barriers[group.name] = nil
    letGo(group)
  }
}

extension Failure {
  fileprivate static let broken = Failure(
    .broken, "a party went without leaving: not all have done what they came for")
}
