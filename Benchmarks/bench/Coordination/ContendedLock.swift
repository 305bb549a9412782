/// A lock and the members that compete for it, in steps that can be timed separately.
protocol ContendedLock: AnyObject {
  /// The number of members.
  var count: Int { get }
  /// Sends a member's request for the lock.
  func acquire(_ member: Int) throws
  /// Returns when the member knows that it holds the lock.
  func awaitGrant(_ member: Int) throws
  /// Sends the holder's release.
  func release(_ holder: Int) throws
  /// Receives the reply to the release.
  func awaitRelease(_ holder: Int) throws
  /// Returns when all requests are in the server's queue, in the order in which they were sent.
  func awaitQueued() throws
}

/// Lock and unlock without contention.
struct Uncontended: Candidate {
  private let lock: any ContendedLock

  init(_ lock: any ContendedLock) { self.lock = lock }

  func once() throws {
    try lock.acquire(0)
    try lock.awaitGrant(0)
    try lock.release(0)
    try lock.awaitRelease(0)
  }
}

/// From the holder's release until the next member knows. The former holder then asks again.
final class HandOver: Candidate {
  private let lock: any ContendedLock
  private var holder = 0
  private var former: Int?

  init(_ lock: any ContendedLock) throws {
    self.lock = lock
    for member in 0..<lock.count {
      try lock.acquire(member)
      if member == 0 { try lock.awaitGrant(0) }
      try lock.awaitQueued()
    }
  }

  func prepare() throws {
    guard let member = former else { return }
    former = nil
    try lock.awaitRelease(member)
    try lock.acquire(member)
    try lock.awaitQueued()
  }

  func once() throws {
    let next = (holder + 1) % lock.count
    try lock.release(holder)
    try lock.awaitGrant(next)
    former = holder
    holder = next
  }
}
