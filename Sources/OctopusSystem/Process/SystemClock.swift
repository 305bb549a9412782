import Glibc

/// The system's clocks, read without Foundation.
package enum SystemClock {
  /// Microseconds of the monotonic clock, whose zero is arbitrary.
  @inlinable package static func monotonicMicroseconds() -> Int64 { read(CLOCK_MONOTONIC) }

  /// Microseconds since 1970.
  @inlinable package static func unixMicroseconds() -> Int64 { read(CLOCK_REALTIME) }

  @inlinable package static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
