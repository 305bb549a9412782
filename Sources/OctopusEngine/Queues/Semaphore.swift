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
  }

  private(set) var members: [Int64: Member] = [:]
  private var waiters = RemovableQueue<Int64>()
  /// The members that hold permits, by their holders.
  private var numbers = HolderTable()
  /// Permits that holders have lost and that the semaphore's record does not count yet.
  private var returned: Int64 = 0

  var hasNoWaiters: Bool { waiters.isEmpty }

  /// The number and the record of the member with which a holder holds permits.
  func holding(of holder: Holder) -> (number: Int64, record: Record)? {
    guard let number = numbers[holder], let member = members[number] else { return nil }
    return (number, member.record)
  }

  func append(_ number: Int64, _ member: Member) {
    members[number] = member
    if member.isHeld { numbers[member.holder] = number } else { waiters.append(number) }
  }

  /// Notes a member's new record: it has more permits or fewer, or holds those that it waited for.
  func replace(_ number: Int64, by member: Member) {
    guard let before = members.updateValue(member, forKey: number) else { return }
    if before.isHeld {
      returned += max(0, before.permits - member.permits)
    } else {
      waiters.remove(number)
    }
    numbers[member.holder] = number
  }

  func remove(_ number: Int64) -> Member? {
    guard let member = members.removeValue(forKey: number) else { return nil }
    if member.isHeld {
      returned += member.permits
      numbers[member.holder] = nil
    } else {
      waiters.remove(number)
    }
    return member
  }

  /// Moves out the permits that have come back, for the semaphore's record to count them.
  func takeReturned() -> Int64 {
    defer { returned = 0 }
    return returned
  }

  /// The waiter that came first.
  var firstWaiter: (number: Int64, member: Member)? {
    waiters.first.flatMap { number in members[number].map { (number, $0) } }
  }

  /// Moves out the wait of a member whose record is about to be deleted.
  func takeWait(of number: Int64) -> WaitID? {
    defer { members[number]?.wait = nil }
    return members[number]?.wait
  }

  /// Removes the first waiter from the line, if the free permits are enough for it.
  func grantNext(free: Int64) -> (number: Int64, member: Member)? {
    guard let (number, member) = firstWaiter, member.permits <= free else { return nil }
    waiters.remove(number)
    members[number]?.wait = nil
    return (number, member)
  }
}
