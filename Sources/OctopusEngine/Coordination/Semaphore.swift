import OctopusCollections
import OctopusRecords

/// One semaphore: who holds how many permits, and who waits for how many. How many are free, its
/// own record says.
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
  private var line = RemovableQueue<Int64>()
  /// Of each holder the member that holds.
  private var numbers = HolderTable()
  /// All permits that are held.
  private(set) var held: Int64 = 0
  /// Permits that holders have lost and the semaphore's record does not count yet.
  private(set) var returned: Int64 = 0

  /// Whether nobody waits.
  var isIdle: Bool { line.isEmpty }

  /// The record of what a holder holds of this semaphore, and where it stands.
  func holding(of holder: Holder, _ group: Place.Group) -> (record: Record, place: Place)? {
    guard let number = numbers[holder], let member = members[number] else { return nil }
    return (member.record, Place(group, number))
  }

  func append(_ number: Int64, _ member: Member) {
    members[number] = member
    member.isHeld ? hold(number, member) : line.append(number)
  }

  /// A member's record was written anew: it has more permits or fewer, or holds what it waited for.
  func replace(_ number: Int64, by member: Member) {
    guard let before = members.updateValue(member, forKey: number) else { return }
    if before.isHeld {
      held -= before.permits
      returned += max(0, before.permits - member.permits)
    } else {
      line.remove(number)
    }
    hold(number, member)
  }

  func remove(_ number: Int64) -> Member? {
    guard let member = members.removeValue(forKey: number) else { return nil }
    if member.isHeld {
      held -= member.permits
      returned += member.permits
      numbers[member.holder] = nil
    } else {
      line.remove(number)
    }
    return member
  }

  private func hold(_ number: Int64, _ member: Member) {
    held += member.permits
    numbers[member.holder] = number
  }

  /// Permits that have come back, to be counted in the semaphore's record.
  func takeReturned() -> Int64 {
    defer { returned = 0 }
    return returned
  }

  /// The member that has waited longest.
  var first: (number: Int64, member: Member)? {
    line.first.flatMap { number in members[number].map { (number, $0) } }
  }

  /// Takes from a member the wait that is answered in its place.
  func takeWait(of number: Int64) -> WaitID? {
    defer { members[number]?.wait = nil }
    return members[number]?.wait
  }

  /// Takes the next out of the line, if so many permits are enough for it. It waits no longer.
  func next(free: Int64) -> (number: Int64, member: Member)? {
    guard let (number, member) = first, member.permits <= free else { return nil }
    line.remove(number)
    members[number]?.wait = nil
    return (number, member)
  }
}
