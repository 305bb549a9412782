import OctopusRecords

/// One lock: who holds it, and who waits for it in the order of numbers.
// A class, so that it is found once and changed in place; an engine never shares one.
final class Lock {
  struct Member {
    let number: Int64
    let record: Record
    /// The revision at which its record came to be.
    let token: Revision
    let isShared: Bool
    /// Nil for one that was made by hand.
    let holder: Holder?
    let wait: WaitID?
    fileprivate(set) var state = State.waits

    enum State { case waits, holds, left }
  }

  /// What its members' numbers are counted under.
  var stem: [UInt8] = []
  /// The record of a member that wants nothing special: that of the next differs from it in its name.
  var template: Record?
  /// In the order of their numbers. Those that have left go when they outnumber the others.
  private(set) var members: ContiguousArray<Member> = []
  /// Where there are more than a few members: so many are looked through.
  private var numbers = HolderTable()
  private static let few = 32
  /// How many members wait, hold and have left.
  private var (waiting, holding, left) = (0, 0, 0)
  /// All before this one have left.
  private var first = 0
  /// None before this one waits.
  private var next = 0
  private var isHeldShared = false

  var isEmpty: Bool { waiting == 0 && holding == 0 }

  /// Whether one that came now would hold at once. Nobody overtakes.
  func admits(shared: Bool) -> Bool { waiting == 0 && fits(shared: shared) }

  private func fits(shared: Bool) -> Bool { holding == 0 || shared && isHeldShared }

  /// The place among the members of one that has not left.
  ///
  /// - Complexity: O(log n).
  func place(of holder: Holder) -> Int? {
    // Whoever holds it alone is the first.
    if holding > 0, members[first].holder == holder { return first }
    guard members.count <= Lock.few else { return numbers[holder].flatMap { place(of: $0) } }
    return members.indices[first...].first {
      members[$0].state != .left && members[$0].holder == holder
    }
  }

  /// Numbers grow, so a newcomer is the last.
  func append(_ member: consuming Member) {
    if members.count == Lock.few {
      for member in members where member.state != .left { note(member) }
    }
    if members.count >= Lock.few { note(member) }
    members.append(member)
    waiting += 1
  }

  private func note(_ member: Member) {
    if let holder = member.holder { numbers[holder] = member.number }
  }

  /// Answers the state and the wait of one that has not left.
  ///
  /// - Complexity: O(log n), amortized.
  func remove(_ number: Int64) -> (state: Member.State, wait: WaitID?)? {
    guard let place = place(of: number), members[place].state != .left else { return nil }
    let (state, wait) = (members[place].state, members[place].wait)
    if !numbers.isEmpty, let holder = members[place].holder { numbers[holder] = nil }
    if state == .holds { holding -= 1 } else { waiting -= 1 }
    members[place].state = .left
    left += 1
    while first < members.count, members[first].state == .left { first += 1 }
    if isEmpty || left > 4 + waiting + holding { forgetLeft() }
    return (state, wait)
  }

  private func forgetLeft() {
    if first < left {
      members.removeAll { $0.state == .left }
    } else if first < members.count {
      members.removeFirst(first)
    } else if members.capacity <= 2 * Lock.few {
      while members.popLast() != nil {}
    } else {
      members = []
    }
    if members.count <= Lock.few, !numbers.isEmpty { numbers = HolderTable() }
    (left, first, next) = (0, 0, 0)
  }

  /// Lets the next hold the lock, if it may, and answers its place.
  func grant() -> Int? {
    guard waiting > 0 else { return nil }
    while members[next].state != .waits { next += 1 }
    guard fits(shared: members[next].isShared) else { return nil }
    members[next].state = .holds
    waiting -= 1
    holding += 1
    isHeldShared = members[next].isShared
    return next
  }

  private func place(of number: Int64) -> Int? {
    if first < members.count, members[first].number == number { return first }
    var (low, high) = (first, members.count)
    while low < high {
      let middle = (low + high) / 2
      if members[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < members.count && members[low].number == number ? low : nil
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
