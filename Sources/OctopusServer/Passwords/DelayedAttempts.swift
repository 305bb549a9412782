import HeapModule

/// Attempts that wait, in the order in which they are due. Each operation is O(log n).
struct DelayedAttempts {
  private struct Entry: Comparable {
    let deadline: Int64
    let serial: Int64
    let client: Int64

    static func < (a: Entry, b: Entry) -> Bool { (a.deadline, a.serial) < (b.deadline, b.serial) }
  }

  private var entries = Heap<Entry>()
  private var lastSerial: Int64 = 0

  /// When the first is due.
  var deadline: Int64 { entries.min?.deadline ?? .max }

  mutating func append(_ client: Int64, until deadline: Int64) {
    lastSerial += 1
    entries.insert(Entry(deadline: deadline, serial: lastSerial, client: client))
  }

  /// The client of the next that is due, which may have gone.
  mutating func takeDue(now: Int64) -> Int64? {
    deadline <= now ? entries.removeMin().client : nil
  }
}
