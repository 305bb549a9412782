import OctopusSystem

/// Limits how fast passwords may be tried.
///
/// The server delays an attempt before it checks the password: if only wrong passwords were
/// answered late, the delay would show that a password is wrong. A connection waits after each
/// wrong password, twice as long each time, and is closed after a few. While clients send many
/// wrong ones, on any number of connections, every attempt waits one second: n connections try at
/// most n passwords a second, and a client with the right password gets in one second later.
final class PasswordAttempts: Sendable {
  /// After the first wrong password, in microseconds; then twice as long each time.
  private let firstPause: Int64
  /// While clients send many wrong passwords, in microseconds.
  private static let floodPause: Int64 = 1_000_000
  /// `burst` wrong passwords may come at once, and after that one per `interval`, in microseconds.
  private static let burst: Int64 = 20
  private static let interval: Int64 = 200_000
  /// At most one line of the log per `logInterval`.
  private static let logInterval: Int64 = 1_000_000

  private struct State {
    /// When the wrong passwords so far are paid for, at one per `interval` (a token bucket).
    var paidAt: Int64 = .min
    var loggedAt: Int64 = .min
    /// Wrong passwords since the last line of the log.
    var unlogged = 0
  }

  private let state = Mutex(State())

  init(firstPauseMicroseconds: Int64 = 250_000) { firstPause = firstPauseMicroseconds }

  /// For how many microseconds an attempt is to be delayed.
  ///
  /// - Parameters:
  ///   - failures: the connection's wrong passwords so far.
  func pause(after failures: Int, now: Int64) -> Int64 {
    let own = failures == 0 ? 0 : firstPause << min(Int64(failures) - 1, 8)
    let isFlooded = state.withLock { $0.paidAt > now }
    return max(own, isFlooded ? Self.floodPause : 0)
  }

  /// Counts a wrong password. Returns how many there were since the last line of the log, if it is
  /// time for another line.
  func noteFailure(now: Int64) -> Int? {
    state.withLock { state in
      // At most a second ahead, so that the flood is over soon after its last attempt.
      let earliest = now - Self.burst * Self.interval
      state.paidAt = min(
        max(state.paidAt, earliest) + Self.interval, now + Self.floodPause)
      state.unlogged += 1
      guard state.loggedAt == .min || now - state.loggedAt >= Self.logInterval else { return nil }
      state.loggedAt = now
      defer { state.unlogged = 0 }
      return state.unlogged
    }
  }
}
