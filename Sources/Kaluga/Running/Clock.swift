// The time of the reconciler.
import Glibc

/// Milliseconds since 1970 that never go back.
enum Clock {
  private static let start: (wall: Int64, continuous: ContinuousClock.Instant) = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return (Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000, ContinuousClock.now)
  }()

  static var now: Int64 {
    let passed = ContinuousClock.now - start.continuous
    return start.wall + Int64(passed / .milliseconds(1))
  }
}
