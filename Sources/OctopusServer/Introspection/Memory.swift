import Glibc
import OctopusSystem

/// What this process occupies, in bytes, as the kernel counts it.
enum Memory {
  static func resident() -> Int64 { status("VmRSS") }

  /// The most that it ever was. (What `getrusage` says may be another's: that of who started it.)
  static func peak() -> Int64 { status("VmHWM") }

  /// A line of /proc/self/status, which is in kilobytes; 0 where there is none.
  private static func status(_ name: String) -> Int64 {
    let lines = (try? readFile("/proc/self/status"))?.bytes.split(separator: UInt8(ascii: "\n"))
    let line = lines?.first { $0.starts(with: name.utf8) }
    let digits = line?.filter { $0 >= 0x30 && $0 <= 0x39 }
    return (digits?.number() ?? 0) << 10
  }
}

/// What the machine runs.
enum Machine {
  static func description() -> String {
    var name = utsname()
    uname(&name)
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }

  /// From one of C's arrays of characters, which end with a null.
  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
