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
    var state = State.waits

    enum State { case waits, holds, left }

    /// Frees what it holds: to free that of many members at once would take long.
    mutating func leave() { (state, record, holder) = (.left, Lock.noRecord, nil) }
  }

  /// The counter of the members' names.
  var counterPrefix: [UInt8] = []
  /// The record of a member with a plain request; that of the next differs in its name alone.
  var template: Record?
  private(set) var members = LockMembers()
  /// Numbers by holders, while there are more than a few members: a few are searched.
  private var numbers = HolderTable()
  private static let few = 32
  private static let noRecord: Record = "none"
  private var (waiting, holding) = (0, 0)
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
    if holding > 0, members[members.first].holder == holder { return members.first }
    guard members.count <= Lock.few else {
      return numbers[holder].flatMap { members.index(of: $0) }
    }
    return members.indices.first { members[$0].holder == holder }
  }

  /// Adds a member. Numbers grow, so it is the last.
  func append(_ member: consuming Member) {
    if members.count == Lock.few {
      for index in members.indices { note(members[index]) }
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
    guard let index = members.index(of: number), members[index].state != .left else { return nil }
    let (state, wait) = (members[index].state, members[index].wait)
    if !numbers.isEmpty, let holder = members[index].holder { numbers[holder] = nil }
    if state == .holds { holding -= 1 } else { waiting -= 1 }
    members.leave(index, rest: waiting + holding)
    if members.count <= Lock.few, !numbers.isEmpty { numbers = HolderTable() }
    return (state, wait)
  }

  /// Lets the next member hold the lock, if it is free for it, and answers its index.
  func grantNext() -> Int? {
    guard waiting > 0 else { return nil }
    let next = members.firstWaiting()
    guard isFree(shared: members[next].isShared) else { return nil }
    members[next].state = .holds
    waiting -= 1
    holding += 1
    isHeldShared = members[next].isShared
    return next
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
