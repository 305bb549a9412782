import DequeModule

/// Connections with a time limit that is the same for all of them, so the first to come is the
/// first to expire. Each operation is O(1).
struct TimeoutQueue {
  struct Entry: Equatable {
    var connection: Int64
    /// In microseconds of the monotonic clock.
    var deadline: Int64
  }

  private let microseconds: Int64
  private var entries: Deque<Entry> = []

  init(milliseconds: Int64) { microseconds = milliseconds * 1_000 }

  /// When the first entry expires.
  var deadline: Int64 { entries.first?.deadline ?? .max }

  /// Starts the time of a connection. Returns when it ends.
  mutating func append(_ connection: Int64, now: Int64) -> Int64 {
    let deadline = now + microseconds
    entries.append(Entry(connection: connection, deadline: deadline))
    return deadline
  }

  /// The next entry that has expired. The connection may be closed, or have been given another
  /// time.
  mutating func takeDue(now: Int64) -> Entry? {
    guard deadline <= now else { return nil }
    return entries.removeFirst()
  }
}
