import OctopusProtocol
import OctopusSystem

/// The latest commands that took long, for SLOWLOG.
final class SlowLog: Sendable {
  /// As many as Redis keeps.
  static let capacity = 128

  /// Microseconds from which on a command is noted.
  let threshold: Int64
  private let state = Mutex((entries: [SlowLogEntry](), next: Int64(0)))

  /// Negative: nothing is noted.
  init(thresholdMicroseconds: Int64) {
    threshold = thresholdMicroseconds < 0 ? .max : thresholdMicroseconds
  }

  func note(_ make: (_ id: Int64) -> SlowLogEntry) {
    state.withLock { state in
      state.entries.append(make(state.next))
      state.next += 1
      if state.entries.count > Self.capacity { state.entries.removeFirst() }
    }
  }

  var count: Int { state.withLock { $0.entries.count } }

  /// The latest first.
  func latest(_ count: Int?) -> [SlowLogEntry] {
    state.withLock { state in
      Array(state.entries.reversed().prefix(max(0, count ?? Self.capacity)))
    }
  }

  func reset() { state.withLock { $0.entries = [] } }
}
