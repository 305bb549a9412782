import OctopusRecords

/// One barrier: the round that is being entered, and earlier ones that are being left.
struct Barrier {
  /// So many parties that enter together and leave together.
  struct Round {
    let size: Int
    /// Whether all have entered.
    var isEntered = false
    /// The numbers of those whose records are there.
    var present: Set<Int64> = []
    /// Those who have entered, once all have.
    var holders: [Holder] = []
    /// Whether one went without leaving after all had entered.
    var isBroken = false
  }

  /// How far a holder has come.
  struct Party {
    let round: Int64
    let number: Int64
    let record: Record
    /// For the others, to enter or to leave.
    var wait: WaitID?
    var hasLeft = false
  }

  /// By the order of their coming.
  private(set) var rounds: [Int64: Round] = [:]
  /// The round that is being entered.
  private var entering: Int64 = 0
  private var parties: [Holder: Party] = [:]
  /// Whose records are there.
  private var holders: [Int64: Holder] = [:]
  /// Rounds that all have left.
  private var left: [Int64] = []

  var isEmpty: Bool { rounds.isEmpty }

  var enteringRound: Round? { rounds[entering] }

  func party(of holder: Holder) -> Party? { parties[holder] }

  mutating func setWait(_ wait: WaitID, of holder: Holder) { parties[holder]?.wait = wait }

  mutating func enter(
    _ number: Int64, _ record: Record, _ holder: Holder, size: Int, wait: WaitID?
  ) {
    rounds[entering, default: Round(size: size)].present.insert(number)
    parties[holder] = Party(round: entering, number: number, record: record, wait: wait)
    holders[number] = holder
  }

  /// If all have entered, begins the next round, and answers who has, in the order of numbers.
  mutating func open() -> [Party] {
    guard let round = rounds[entering], round.present.count == round.size else { return [] }
    let entered = round.present.sorted().compactMap { holders[$0] }
    rounds[entering]?.isEntered = true
    rounds[entering]?.holders = entered
    entering += 1
    return entered.compactMap { parties[$0] }
  }

  /// A party's record has gone. Answers the wait of one that had not entered yet.
  mutating func remove(_ number: Int64, isLeaving: Bool) -> WaitID? {
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
    if !isLeaving { rounds[party.round]?.isBroken = true }
    return nil
  }

  /// Ends the rounds that all have left, in the order of their beginning. Answers of each who waits
  /// for that, in the order of their coming, and whether it was broken.
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
