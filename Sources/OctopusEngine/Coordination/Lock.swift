import DequeModule
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

  /// In the order of their numbers. Those that have left go when none is before them, or when they
  /// outnumber the others.
  private var members: Deque<Member> = []
  private var numbers: [Holder: Int64] = [:]
  /// How many members wait, hold and have left.
  private var (waiting, holding, left) = (0, 0, 0)
  /// None before this one waits.
  private var next = 0
  private var isHeldShared = false

  var isEmpty: Bool { waiting == 0 && holding == 0 }

  /// Whether one that came now would hold at once. Nobody overtakes.
  func admits(shared: Bool) -> Bool { waiting == 0 && fits(shared: shared) }

  private func fits(shared: Bool) -> Bool { holding == 0 || shared && isHeldShared }

  /// - Complexity: O(log n).
  func member(of holder: Holder) -> Member? {
    numbers[holder].flatMap { place(of: $0) }.map { members[$0] }
  }

  /// Numbers grow, so a newcomer is the last.
  func append(_ member: Member) {
    members.append(member)
    if let holder = member.holder { numbers[holder] = member.number }
    waiting += 1
  }

  /// - Complexity: O(log n), amortized.
  func remove(_ number: Int64) -> Member? {
    guard let place = place(of: number), members[place].state != .left else { return nil }
    let member = members[place]
    if let holder = member.holder { numbers[holder] = nil }
    if member.state == .holds { holding -= 1 } else { waiting -= 1 }
    members[place].state = .left
    left += 1
    forgetLeft()
    return member
  }

  /// Lets the next hold the lock, if it may.
  func grant() -> Member? {
    guard waiting > 0 else { return nil }
    while members[next].state != .waits { next += 1 }
    guard fits(shared: members[next].isShared) else { return nil }
    members[next].state = .holds
    waiting -= 1
    holding += 1
    isHeldShared = members[next].isShared
    return members[next]
  }

  private func place(of number: Int64) -> Int? {
    var (low, high) = (0, members.count)
    while low < high {
      let middle = (low + high) / 2
      if members[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < members.count && members[low].number == number ? low : nil
  }

  private func forgetLeft() {
    while let first = members.first, first.state == .left {
      members.removeFirst()
      left -= 1
      next = max(0, next - 1)
    }
    guard left > 16 + 2 * (waiting + holding) else { return }
    members.removeAll { $0.state == .left }
    (left, next) = (0, 0)
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
