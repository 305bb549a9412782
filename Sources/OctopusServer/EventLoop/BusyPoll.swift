import Glibc
import OctopusSystem

/// Polls for the next request for a moment before an event loop sleeps.
///
/// To sleep and be woken costs more than most requests: 20 to 60 µs in a virtual machine. A client
/// that has its reply often sends the next request before that, so the loop polls for as long as a
/// wake-up may take, as an adaptive lock spins before it blocks (Karlin et al., SOSP 1991). It does
/// so only while most polls find a request; where clients share the server's processor, it hardly
/// ever does. See `docs/decisions/0006`.
struct BusyPoll {
  /// Microseconds.
  private let limit: Int64
  private var backoff = ExponentialBackoff()

  /// Nil where polling cannot help: with as many polling loops as processors, no client could run.
  init?(microseconds: Int64, loops: Int = 1) {
    guard microseconds > 0, sysconf(Int32(_SC_NPROCESSORS_ONLN)) > loops else { return nil }
    limit = microseconds
  }

  /// Polls until something is ready or the time is over. Returns how much is ready.
  mutating func look(_ poll: () -> Int) -> Int {
    guard backoff.isDue() else { return 0 }
    var count = poll()
    // If data is ready at once, this poll counts neither as a success nor as a failure.
    guard count == 0 else { return count }
    let end = SystemClock.monotonicMicroseconds() + limit
    while SystemClock.monotonicMicroseconds() < end {
      count = poll()
      guard count == 0 else {
        backoff.noteSuccess()
        return count
      }
    }
    backoff.noteFailure()
    return 0
  }
}

/// Decides how often to try something that may fail: every time while it succeeds, and half as
/// often after each failure, down to one time in 2,048.
struct ExponentialBackoff {
  private static let maximumExponent = 11
  private var exponent = 0
  private var toSkip = 0

  mutating func isDue() -> Bool {
    guard toSkip > 0 else { return true }
    toSkip -= 1
    return false
  }

  mutating func noteSuccess() { exponent = 0 }

  mutating func noteFailure() {
    exponent = min(exponent + 1, Self.maximumExponent)
    toSkip = (1 << exponent) - 1
  }
}
