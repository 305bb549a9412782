import OctopusRecords

/// One barrier: the round that parties enter now, and earlier rounds that parties leave.
struct Barrier {
  /// The parties that enter together and leave together.
  struct Round {
    let size: Int
    /// Whether all parties have entered.
    var isEntered = false
    /// The numbers of the parties whose records exist.
    var present: Set<Int64> = []
    /// The holders that have entered, once all have.
    var holders: [Holder] = []
    /// Whether a party went without leaving after all had entered.
    var isBroken = false
  }

  struct Party {
    let round: Int64
    let number: Int64
    let record: Record
    /// The wait for the others to enter, or to leave.
    var wait: WaitID?
    var hasLeft = false
  }

  /// By their order.
  private(set) var rounds: [Int64: Round] = [:]
  /// The round that parties enter now.
  private var entering: Int64 = 0
  private var parties: [Holder: Party] = [:]
  /// The holders whose records exist, by number.
  private var holders: [Int64: Holder] = [:]
  /// Rounds that all parties have left.
  private var left: [Int64] = []

  var isEmpty: Bool { rounds.isEmpty }

  var enteringRound: Round? { rounds[entering] }

  func party(of holder: Holder) -> Party? { parties[holder] }

  mutating func setWait(_ wait: WaitID?, of holder: Holder) { parties[holder]?.wait = wait }

  mutating func enter(
    _ number: Int64, _ record: Record, _ holder: Holder, size: Int, wait: WaitID?
  ) {
    rounds[entering, default: Round(size: size)].present.insert(number)
    parties[holder] = Party(round: entering, number: number, record: record, wait: wait)
    holders[number] = holder
  }

  /// Begins the next round if all parties have entered this one, and answers these in the order of
  /// their numbers.
  mutating func open() -> [Party] {
    guard let round = rounds[entering], round.present.count == round.size else { return [] }
    let entered = round.present.sorted().compactMap { holders[$0] }
    rounds[entering]?.isEntered = true
    rounds[entering]?.holders = entered
    entering += 1
    return entered.compactMap { parties[$0] }
  }

  /// Removes a party whose record was deleted, and answers the wait of one that had not entered
  /// yet.
  mutating func remove(_ number: Int64, byLeaving: Bool) -> WaitID? {
    guard let holder = holders.removeValue(forKey: number), let party = parties[holder] else {
      return nil
    }
    rounds[party.round]?.present.remove(number)
    let isLast = rounds[party.round]?.present.isEmpty ?? false
    guard rounds[party.round]?.isEntered ?? false else {
      parties[holder] = nil
      if isLast { rounds[party.round] = nil }
      return party.wait
    }
    if isLast { left.append(party.round) }
    parties[holder]?.hasLeft = true
    parties[holder]?.wait = nil
    if !byLeaving { rounds[party.round]?.isBroken = true }
    return nil
  }

  /// Ends the rounds that all parties have left, in their order. Answers for each the waits of its
  /// parties, in their order, and whether the round was broken.
  mutating func close() -> [(waits: [WaitID], isBroken: Bool)] {
    defer { left = [] }
    return left.sorted().compactMap { close($0) }
  }

  private mutating func close(_ id: Int64) -> (waits: [WaitID], isBroken: Bool)? {
    guard let round = rounds.removeValue(forKey: id) else { return nil }
    var waits: [WaitID] = []
    for holder in round.holders where parties[holder]?.round == id {
      if let wait = parties.removeValue(forKey: holder)?.wait { waits.append(wait) }
    }
    return (waits.sorted(), round.isBroken)
  }
}
