import OctopusSystem

/// Allows a line of the log a second, so that no client can fill the log.
final class LogRate: Sendable {
  private static let microseconds: Int64 = 1_000_000

  private let state = Mutex((nextLine: Int64(0), unlogged: 0))

  /// Counts an event, and calls with how many there were since the last line, if it is time for
  /// another line.
  func note(_ log: (Int) -> Void) {
    let now = SystemClock.monotonicMicroseconds()
    let count: Int? = state.withLock { state in
      state.unlogged += 1
      guard now >= state.nextLine else { return nil }
      state.nextLine = now + Self.microseconds
      defer { state.unlogged = 0 }
      return state.unlogged
    }
    if let count { log(count) }
  }
}
