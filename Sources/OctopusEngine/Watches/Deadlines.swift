import HeapModule
import OctopusCollections

/// The deadlines of waits, some of which have ended since.
struct Deadlines {
  private struct Deadline: Comparable {
    let instant: Instant
    let id: WaitID

    static func < (a: Deadline, b: Deadline) -> Bool { (a.instant, a.id) < (b.instant, b.id) }
  }

  /// The first, which may be of a wait that has ended.
  // Stored, since every step asks.
  private(set) var next: Instant?
  private var latest = Heap<Deadline>()
  /// Deadlines of which many are of waits that have ended. The others move to `latest`.
  private var older = Heap<Deadline>()

  var count: Int { latest.count + older.count }

  mutating func insert(_ instant: Instant, of id: WaitID) {
    latest.insert(Deadline(instant: instant, id: id))
    noteNext()
  }

  /// Removes the first deadline, if it has passed, and answers its wait.
  mutating func takeOverdue(_ now: Instant) -> WaitID? {
    guard let next, next <= now else { return nil }
    defer { noteNext() }
    let isOlder = older.min.map { $0.instant == next } ?? false
    return (isOlder ? older.popMin() : latest.popMin())?.id
  }

  /// Drops deadlines of waits that have ended: a few with each call, at once where they come first,
  /// and the others before they outnumber the waits.
  mutating func drop(notOf waits: IDMap<Wait>) {
    guard count > 0 else { return }
    guard waits.count > 0 else {
      self = Deadlines()
      return
    }
    defer { noteNext() }
    var left = Self.few
    while left > 0, let first = latest.min, !waits.contains(first.id) {
      latest.removeMin()
      left -= 1
    }
    if older.isEmpty, latest.count > 64 + 2 * waits.count { swap(&latest, &older) }
    while left > 0, let last = older.popMax() {
      if waits.contains(last.id) { latest.insert(last) }
      left -= 1
    }
  }

  private static let few = 8

  private mutating func noteNext() {
    guard let first = older.min else {
      next = latest.min?.instant
      return
    }
    next = min(first.instant, latest.min?.instant ?? .max)
  }
}
