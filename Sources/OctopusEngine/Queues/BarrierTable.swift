import OctopusRecords
import OctopusStore

/// The barriers by name, and the commands BARRIER ENTER and LEAVE.
///
/// Each party has a record, `start_2 { barrier: 'start', parties: 3 }`, from ENTER to LEAVE.
struct BarrierTable: ~Copyable {
  private var barriers: [[UInt8]: Barrier] = [:]
  private(set) var memberCount = 0

  /// How many barriers a party has entered.
  var count: Int { barriers.count }

  // MARK: Commands

  /// BARRIER ENTER: writes a party's record, and waits for the others; null if there is no time to
  /// wait.
  func enter(
    _ request: BarrierRequest, by holder: Holder, in records: inout RecordTable,
    _ transaction: Transaction
  ) throws(Failure) -> Answer {
    let barrier = barriers[request.name]
    try checkIsOutside(holder, barrier)
    let round = barrier?.enteringRound
    if let round, round.size != request.parties {
      throw Failure(.busy, "the barrier is being entered by \(round.size) parties")
    }
    let isLast = (round?.present.count ?? 0) + 1 == request.parties
    if request.timeout == 0, !isLast { return .reply(.null) }
    let queue = QueueKey(.barrier, request.name)
    let (name, member) = queue.nextMember(in: &records, transaction)
    let record = try queue.record(
      named: name, after: [("parties", .integer(Int64(request.parties)))])
    try records.add(record, as: member, Newcomer(holder: holder, waits: true), in: transaction)
    return .wait(for: .member(record))
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
    guard !party.hasLeft || party.wait == nil else {
      throw Failure(.busy, "this holder waits for the others to leave already")
    }
  }

  /// BARRIER LEAVE: deletes the party's record, and waits until all of its round have left; null if
  /// there is no time to wait. The party has left all the same.
  func leave(
    _ request: BarrierRequest, by holder: Holder, in records: inout RecordTable,
    _ transaction: Transaction
  ) throws(Failure) -> Answer {
    guard let barrier = barriers[request.name], let party = barrier.party(of: holder),
      let round = barrier.rounds[party.round], round.isEntered
    else { throw Failure(.notHeld, "this holder has not entered the barrier") }
    try checkIsNotLeaving(party)
    let member = QueueMember(QueueKey(.barrier, request.name), party.number)
    if !party.hasLeft, let row = records.row(of: member, party.record) {
      try records.remove(member, row, byLeaving: true, in: transaction)
      if round.present.count == 1 { return .reply(round.isBroken ? .error(.broken) : .ok) }
    }
    if request.timeout == 0 { return .reply(.null) }
    return .wait(for: .leaving(barrier: request.name, holder))
  }

  /// Notes the wait of a holder that has left, for the others to leave; nil: it waits no more.
  mutating func setWait(_ wait: WaitID?, of holder: Holder, in barrier: [UInt8]) {
    barriers[barrier]?.setWait(wait, of: holder)
  }

  // MARK: Committing

  mutating func apply(_ change: QueueChange, _ transaction: Transaction) {
    let name = change.queue.name
    guard let number = change.member.number else { return }
    switch change.kind {
    case .joined(let record, _, let newcomer?):
      barriers[name, default: Barrier()].enter(
        number, record, newcomer.holder, size: Int(record.integer(of: "parties")),
        wait: transaction.wait?.id)
      memberCount += 1
    case .removed(let byLeaving):
      guard barriers[name] != nil else { return }
      memberCount -= 1
      if let wait = barriers[name]?.remove(number, byLeaving: byLeaving) ?? nil {
        transaction.completions.append((wait, .error(.gone)))
      }
    case .joined, .rewritten: break
    }
  }

  /// Lets parties in once all have entered, and out once all have left.
  mutating func openAndClose(
    _ queue: QueueKey, _ transaction: Transaction, _ records: inout RecordTable
  ) {
    for party in barriers[queue.name]?.open() ?? [] {
      guard let wait = party.wait else { continue }
      transaction.completions.append((wait, .name(party.record)))
    }
    for round in barriers[queue.name]?.close() ?? [] {
      for wait in round.waits {
        transaction.completions.append((wait, round.isBroken ? .error(.broken) : .ok))
      }
    }
    guard barriers[queue.name]?.isEmpty ?? false else { return }
    barriers[queue.name] = nil
    records.retireCounter(queue.counterPrefix)
  }
}

extension Failure {
  fileprivate static let broken = Failure(
    .broken, "a party went without leaving: not all have done what they came for")
}
