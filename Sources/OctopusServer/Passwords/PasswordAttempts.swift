import HeapModule
import OctopusSystem

/// How fast passwords may be tried.
///
/// The server holds an attempt back before it looks at the password: if only wrong passwords were answered
/// late, the delay itself would show that a password is wrong. A connection waits after each wrong
/// password, twice as long every time, and is closed after a few. While clients send many wrong ones, on any
/// number of connections, every attempt waits a second: n connections try at most n passwords a second, and
/// a client with the right password gets in a second later.
final class PasswordAttempts: Sendable {
  /// After the first wrong password, in microseconds; then twice as long each time.
  private let firstPause: Int64
  /// While many come.
  private static let crowdPause: Int64 = 1_000_000
  /// `burst` wrong passwords may come at once, and after that one per `interval`, in microseconds.
  private static let burst: Int64 = 20
  private static let interval: Int64 = 200_000
  /// At most one line of the log per `logInterval`.
  private static let logInterval: Int64 = 1_000_000

  private struct State {
    /// When the wrong passwords so far have been worked off, at one in `interval`.
    var paidAt: Int64 = .min
    var loggedAt: Int64 = .min
    /// Wrong passwords since the last line of the log.
    var unlogged = 0
  }

  private let state = Mutex(State())

  init(firstPauseMicroseconds: Int64 = 250_000) { firstPause = firstPauseMicroseconds }

  /// For how many microseconds an attempt is to be held back.
  ///
  /// - Parameters:
  ///   - failures: the connection's wrong passwords so far.
  func pause(after failures: Int, now: Int64) -> Int64 {
    let own = failures == 0 ? 0 : firstPause << min(Int64(failures) - 1, 8)
    let isCrowded = state.withLock { $0.paidAt > now }
    return max(own, isCrowded ? Self.crowdPause : 0)
  }

  /// Counts a wrong password; answers how many there were since the log's last line, if it is time for
  /// another.
  func noteFailure(now: Int64) -> Int? {
    state.withLock { state in
      // At most a second behind, so that it is over soon after the last.
      let earliest = now - Self.burst * Self.interval
      state.paidAt = min(
        max(state.paidAt, earliest) + Self.interval, now + Self.crowdPause)
      state.unlogged += 1
      guard state.loggedAt == .min || now - state.loggedAt >= Self.logInterval else { return nil }
      state.loggedAt = now
      defer { state.unlogged = 0 }
      return state.unlogged
    }
  }
}

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
