import Glibc

/// The system's clocks, read without Foundation.
///
/// Public, because the compiler inlines only what is public into other modules; the server reads
/// the clock with each request.
public enum SystemClock {
  /// Microseconds of the monotonic clock, whose zero is arbitrary.
  @inlinable public static func monotonicMicroseconds() -> Int64 { read(CLOCK_MONOTONIC) }

  /// Microseconds since 1970.
  @inlinable public static func unixMicroseconds() -> Int64 { read(CLOCK_REALTIME) }

  /// Microseconds of one of the system's clocks.
  @inlinable public static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
