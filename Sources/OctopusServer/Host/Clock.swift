import Glibc

/// The system's clocks, without Foundation.
enum Clock {
  /// Microseconds on a clock that only goes forward.
  static func monotonicMicroseconds() -> Int64 { read(CLOCK_MONOTONIC) }

  /// Microseconds since 1970.
  static func unixMicroseconds() -> Int64 { read(CLOCK_REALTIME) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
