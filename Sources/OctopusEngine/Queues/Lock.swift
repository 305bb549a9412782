import OctopusCollections
import OctopusRecords

/// One lock: its holders, and the waiters in the order of their numbers.
// A class, so that it is found once and changed in place; an engine never shares one.
final class Lock {
  struct Member {
    let number: Int64
    fileprivate(set) var record: Record
    /// The revision at which its record was created.
    let token: Revision
    let isShared: Bool
    /// Nil for a member that a client made with SETSEQ.
    fileprivate(set) var holder: Holder?
    let wait: WaitID?
    fileprivate(set) var state = State.waits

    enum State { case waits, holds, left }

    /// Frees what it holds: to free that of many members at once would take long.
    fileprivate mutating func forget() { (record, holder) = (Lock.noRecord, nil) }
  }

  /// The counter of the members' names.
  var counterPrefix: [UInt8] = []
  /// The record of a member with a plain request; that of the next differs in its name alone.
  var template: Record?
  /// In the order of their numbers. Those that have left are dropped before they outnumber the
  /// others.
  private(set) var members = GrowingArray<Member>()
  /// Numbers by holders, while there are more than a few members: a few are searched.
  private var numbers = HolderTable()
  private static let few = 32
  private static let noRecord: Record = "none"
  /// How many members wait, hold and have left.
  private var (waiting, holding, left) = (0, 0, 0)
  /// All members before this index have left.
  private var first = 0
  /// No member before this index waits.
  private var next = 0
  private var isHeldShared = false

  var isEmpty: Bool { waiting == 0 && holding == 0 }

  /// Whether a new member would hold the lock at once. Nobody overtakes.
  func admits(shared: Bool) -> Bool { waiting == 0 && isFree(shared: shared) }

  private func isFree(shared: Bool) -> Bool { holding == 0 || shared && isHeldShared }

  /// The index of a holder's member that has not left.
  ///
  /// - Complexity: O(log n).
  func index(of holder: Holder) -> Int? {
    // The holder of an exclusive lock is the first.
    if holding > 0, members[first].holder == holder { return first }
    guard members.count <= Lock.few else { return numbers[holder].flatMap { index(of: $0) } }
    return members.indices[first...].first {
      members[$0].state != .left && members[$0].holder == holder
    }
  }

  /// Adds a member. Numbers grow, so it is the last.
  func append(_ member: consuming Member) {
    if members.count == Lock.few {
      for index in members.indices where members[index].state != .left { note(members[index]) }
    }
    if members.count >= Lock.few { note(member) }
    members.append(member)
    waiting += 1
  }

  private func note(_ member: Member) {
    if let holder = member.holder { numbers[holder] = member.number }
  }

  /// Removes a member, and answers its state and its wait; nil if it has left before.
  ///
  /// - Complexity: O(log n), amortized.
  func remove(_ number: Int64) -> (state: Member.State, wait: WaitID?)? {
    guard let index = index(of: number), members[index].state != .left else { return nil }
    let (state, wait) = (members[index].state, members[index].wait)
    if !numbers.isEmpty, let holder = members[index].holder { numbers[holder] = nil }
    if state == .holds { holding -= 1 } else { waiting -= 1 }
    members[index].state = .left
    if members.count > Lock.few { members[index].forget() }
    left += 1
    while first < members.count, members[first].state == .left { first += 1 }
    if isEmpty || left > 4 + waiting + holding { dropThoseThatLeft() }
    return (state, wait)
  }

  private func dropThoseThatLeft() {
    if first < left {
      var others = GrowingArray<Member>()
      for index in members.indices where members[index].state != .left {
        others.append(members[index])
      }
      members = others
    } else if first < members.count || members.count <= 2 * Lock.few {
      members.removeFirst(first)
    } else {
      members.removeAll()
    }
    if members.count <= Lock.few, !numbers.isEmpty { numbers = HolderTable() }
    (left, first, next) = (0, 0, 0)
  }

  /// Lets the next member hold the lock, if it is free for it, and answers its index.
  func grantNext() -> Int? {
    guard waiting > 0 else { return nil }
    while members[next].state != .waits { next += 1 }
    guard isFree(shared: members[next].isShared) else { return nil }
    members[next].state = .holds
    waiting -= 1
    holding += 1
    isHeldShared = members[next].isShared
    return next
  }

  private func index(of number: Int64) -> Int? {
    if first < members.count, members[first].number == number { return first }
    var (low, high) = (first, members.count)
    while low < high {
      let middle = (low + high) / 2
      if members[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < members.count && members[low].number == number ? low : nil
  }

  /// Whether a member's record wants to share the lock; nil if its mode is neither `exclusive` nor
  /// `shared`.
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
