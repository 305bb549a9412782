import OctopusCollections

/// A lock's members in the order of their numbers.
///
/// A member that has left keeps its slot until the others are moved together: some with each member
/// that leaves, since to move all of very many takes milliseconds.
struct LockMembers {
  private var slots = GrowingArray<Lock.Member>()
  /// The index of the first that has not left.
  private(set) var first = 0
  /// None before this index waits.
  private var next = 0
  /// Whether those that have not left are being moved together.
  private var isMoving = false
  /// The free slots between the members that were moved and those that are still to be.
  private var gap = 0..<0
  /// How many slots outside the gap have members that have left.
  private var left = 0

  /// How many slots there are.
  var count: Int { slots.count }

  subscript(index: Int) -> Lock.Member {
    _read { yield slots[index] }
    _modify { yield &slots[index] }
  }

  /// The indices of those that have not left.
  var indices: some Sequence<Int> {
    let slots = slots
    return (first..<slots.count).lazy.filter { slots[$0].state != .left }
  }

  /// Adds the member with the greatest number.
  mutating func append(_ member: consuming Lock.Member) { slots.append(member) }

  /// The index of the first that waits; one must.
  mutating func firstWaiting() -> Int {
    while slots[next].state != .waits { next = index(after: next) }
    return next
  }

  /// The index of a number, whether or not its member has left.
  ///
  /// - Complexity: O(log n).
  func index(of number: Int64) -> Int? {
    if first < slots.count, slots[first].number == number { return first }
    let isBeforeGap = gap.lowerBound > 0 && number <= slots[gap.lowerBound - 1].number
    var (low, high) = isBeforeGap ? (0, gap.lowerBound) : (gap.upperBound, slots.count)
    while low < high {
      let middle = (low + high) / 2
      if slots[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < slots.count && slots[low].number == number ? low : nil
  }

  /// A member leaves.
  ///
  /// - Parameter rest: how many have not left then.
  /// - Complexity: O(1), amortized.
  mutating func leave(_ index: Int, rest: Int) {
    if rest == 0, !isMoving, count <= Self.few {
      slots.removeFirst(count)
      (first, next, left) = (0, 0, 0)
      return
    }
    slots[index].leave()
    left += 1
    while first < count, slots[first].state == .left { first = self.index(after: first) }
    if !isMoving, left > 4 + rest {
      isMoving = true
      gap = 0..<first
      left -= first
    }
    if isMoving { moveSome() }
  }

  /// To free so few at once takes no time.
  private static let few = 64

  private func index(after index: Int) -> Int {
    gap.contains(index + 1) ? gap.upperBound : index + 1
  }

  /// Moves the next members to the beginning of the gap, and frees it once it is the end.
  private mutating func moveSome() {
    for _ in 0..<16 {
      let (free, slot) = (gap.lowerBound, gap.upperBound)
      if slot == count {
        guard free < slot else {
          (isMoving, gap) = (false, 0..<0)
          break
        }
        _ = slots.removeLast()
        gap = free..<slot - 1
      } else if slots[slot].state == .left {
        left -= 1
        gap = free..<slot + 1
      } else {
        gap = free + 1..<slot + 1
        guard free < slot else { continue }
        slots[free] = slots[slot]
        slots[slot].leave()
        if free < first { first = free }
        if free < next, slots[free].state == .waits { next = free }
      }
    }
    (first, next) = (min(first, count), min(next, count))
  }
}
