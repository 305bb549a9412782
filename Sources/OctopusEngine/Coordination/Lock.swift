import OctopusRecords

/// One lock: who holds it, and who waits for it in the order of numbers.
struct Lock {
  struct Member {
    let record: Record
    /// The revision at which its record came to be.
    let token: Revision
    let isShared: Bool
    /// Nil for one that was made by hand.
    let holder: Holder?
    let wait: WaitID?
    var holds = false
  }

  private(set) var members: [Int64: Member] = [:]
  private var line = Line()
  private var numbers: [Holder: Int64] = [:]
  private var holderCount = 0
  private var isHeldShared = false

  var isEmpty: Bool { members.isEmpty }

  /// Whether one that came now would hold at once. Nobody overtakes.
  func admits(shared: Bool) -> Bool { line.isEmpty && fits(shared: shared) }

  private func fits(shared: Bool) -> Bool { holderCount == 0 || shared && isHeldShared }

  func member(of holder: Holder) -> Member? { numbers[holder].flatMap { members[$0] } }

  /// Numbers grow, so a newcomer is the last.
  mutating func append(_ number: Int64, _ member: Member) {
    members[number] = member
    if let holder = member.holder { numbers[holder] = number }
    line.append(number)
  }

  mutating func remove(_ number: Int64) -> Member? {
    guard let member = members.removeValue(forKey: number) else { return nil }
    if let holder = member.holder { numbers[holder] = nil }
    if member.holds { holderCount -= 1 } else { line.remove(number) }
    return member
  }

  /// Lets the next hold the lock, if it may.
  mutating func grant() -> Member? {
    guard let number = line.first, let member = members[number], fits(shared: member.isShared)
    else { return nil }
    line.remove(number)
    members[number]?.holds = true
    holderCount += 1
    isHeldShared = member.isShared
    return member
  }

  /// How a member's record wants the lock; nil if that cannot be told.
  static func isShared(_ record: Record) -> Bool? {
    record.withContents { contents in
      guard let index = contents.index(of: ("mode" as StaticString).bytes) else { return false }
      return contents.withValue(index) { value in
        guard let text = value.text else { return nil }
        if compareBytes(text, ("shared" as StaticString).bytes) == 0 { return true }
        return compareBytes(text, ("exclusive" as StaticString).bytes) == 0 ? false : nil
      }
    }
  }
}
