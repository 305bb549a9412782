import Glibc
import OctopusSystem

/// The memory of this process in bytes, as the kernel counts it.
enum Memory {
  static func resident() -> Int64 { status("VmRSS") }

  /// The highest value so far. (`getrusage` may report that of the parent process.)
  static func peak() -> Int64 { status("VmHWM") }

  /// A line of /proc/self/status, which is in kilobytes; 0 where there is none.
  private static func status(_ name: String) -> Int64 {
    let lines = (try? readFile("/proc/self/status"))?.bytes.split(separator: UInt8(ascii: "\n"))
    let line = lines?.first { $0.starts(with: name.utf8) }
    let digits = line?.filter { $0 >= 0x30 && $0 <= 0x39 }
    return (digits?.number() ?? 0) << 10
  }
}
