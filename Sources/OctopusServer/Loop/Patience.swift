import DequeModule

/// Connections that may stay for so long and no longer. All have the same time, so who came first goes
/// first.
struct Patience {
  struct Entry: Equatable {
    var client: Int64
    /// In microseconds of the monotonic clock.
    var end: Int64
  }

  private let microseconds: Int64
  private var entries: Deque<Entry> = []

  init(milliseconds: Int64) { microseconds = milliseconds * 1_000 }

  /// When the first has to go.
  var end: Int64 { entries.first?.end ?? .max }

  /// From now on; answers until when.
  mutating func begin(with client: Int64, now: Int64) -> Int64 {
    let end = now + microseconds
    entries.append(Entry(client: client, end: end))
    return end
  }

  /// The next whose time is over. It may have gone, or have been given another time.
  mutating func takeDue(now: Int64) -> Entry? {
    guard end <= now else { return nil }
    return entries.removeFirst()
  }
}
