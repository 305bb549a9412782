import Glibc
import OctopusSystem

/// A time in the format of RFC 3339: UTC, with milliseconds.
enum Timestamp {
  static func now() -> String { text(unixMicroseconds: SystemClock.unixMicroseconds()) }

  static func text(unixMicroseconds: Int64) -> String {
    var seconds = time_t(unixMicroseconds / 1_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let milliseconds = Int32(unixMicroseconds / 1_000 % 1_000)
    let date = [
      digits(parts.tm_year + 1900, 4), digits(parts.tm_mon + 1, 2), digits(parts.tm_mday, 2),
    ]
    let time = [digits(parts.tm_hour, 2), digits(parts.tm_min, 2), digits(parts.tm_sec, 2)]
    return date.joined(separator: "-") + "T" + time.joined(separator: ":") + "."
      + digits(milliseconds, 3) + "Z"
  }

  private static func digits(_ number: Int32, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
