import DequeModule
import OctopusCollections
import OctopusRecords

/// One semaphore: its holders, and its waiters in the order of their coming. Its own record has the
/// number of free permits.
// A class, so that it is found once and changed in place; an engine never shares one.
final class Semaphore {
  struct Member {
    var record: Record
    var permits: Int64
    var isHeld: Bool
    let holder: Holder
    var wait: WaitID?
    let consumes: Bool
    /// Whether it got its permits, though its record does not say so yet.
    fileprivate(set) var isGranted = false
  }

  /// By their numbers and 1, since an id is above 0.
  private var members = IDMap<Member>()
  /// The numbers of the waiters in the order of their coming. Those that have left are dropped
  /// when they come first, or before they outnumber the others.
  private var waiters: Deque<Int64> = []
  private var waiterCount = 0
  /// The members that hold permits, by their holders.
  private var numbers = HolderTable()
  /// Permits that holders have lost and that the semaphore's record does not count yet.
  private var returned: Int64 = 0

  var hasNoWaiters: Bool { waiterCount == 0 }
  var memberCount: Int { members.count }

  private(set) subscript(number: Int64) -> Member? {
    get { members[number + 1] }
    set { members[number + 1] = newValue }
  }

  /// The number and the record of the member with which a holder holds permits.
  func holding(of holder: Holder) -> (number: Int64, record: Record)? {
    guard let number = numbers[holder], let member = self[number] else { return nil }
    return (number, member.record)
  }

  func append(_ number: Int64, _ member: Member) {
    self[number] = member
    guard !member.isHeld else {
      numbers[member.holder] = number
      return
    }
    waiters.append(number)
    waiterCount += 1
  }

  /// Notes a member's new record: it has more permits or fewer, or holds those that it waited for.
  func replace(_ number: Int64, by member: Member) {
    guard let before = self[number] else { return }
    self[number] = member
    if before.isHeld {
      returned += max(0, before.permits - member.permits)
    } else if !before.isGranted {
      dropWaiter()
    }
    numbers[member.holder] = number
  }

  func remove(_ number: Int64) -> Member? {
    guard let member = members.removeValue(forKey: number + 1) else { return nil }
    if member.isHeld {
      returned += member.permits
      numbers[member.holder] = nil
    } else if !member.isGranted {
      dropWaiter()
    }
    return member
  }

  /// A member waits no more.
  private func dropWaiter() {
    waiterCount -= 1
    while let first = waiters.first, !waits(first) { waiters.removeFirst() }
    if waiters.count > 16 + 2 * waiterCount { waiters.removeAll { !waits($0) } }
  }

  private func waits(_ number: Int64) -> Bool {
    self[number].map { !$0.isHeld && !$0.isGranted } ?? false
  }

  /// The members' numbers, in no particular order.
  var memberNumbers: some Sequence<Int64> { members.ids.lazy.map { $0 - 1 } }

  /// Moves out the permits that have come back, for the semaphore's record to count them.
  func takeReturned() -> Int64 {
    defer { returned = 0 }
    return returned
  }

  /// The waiter that came first.
  var firstWaiter: (number: Int64, member: Member)? {
    waiters.first.flatMap { number in self[number].map { (number, $0) } }
  }

  /// Moves out the wait of a member whose record is about to be deleted.
  func takeWait(of number: Int64) -> WaitID? {
    defer { self[number]?.wait = nil }
    return self[number]?.wait
  }

  /// The first waiter waits no more, if the free permits are enough for it.
  func grantNext(free: Int64) -> (number: Int64, member: Member)? {
    guard let (number, member) = firstWaiter, member.permits <= free else { return nil }
    self[number]?.wait = nil
    self[number]?.isGranted = true
    dropWaiter()
    return (number, member)
  }
}
