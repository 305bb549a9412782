import Glibc
import OctopusRecords

/// What this process occupies, in bytes, as the kernel counts it.
enum Memory {
  static func resident() -> Int64 { status("VmRSS") }

  /// The most that it ever was. (What `getrusage` says may be another's: that of who started it.)
  static func peak() -> Int64 { status("VmHWM") }

  /// A line of /proc/self/status, which is in kilobytes; 0 where there is none.
  private static func status(_ name: String) -> Int64 {
    let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4 << 10)
    let count = read(file, &buffer, buffer.count)
    let lines = buffer.prefix(max(0, count)).split(separator: UInt8(ascii: "\n"))
    guard let line = lines.first(where: { $0.starts(with: name.utf8) }) else { return 0 }
    let digits = line.filter { $0 >= 0x30 && $0 <= 0x39 }
    let kilobytes = Int64(digits: String(decoding: digits, as: UTF8.self)) ?? 0
    return kilobytes.multipliedReportingOverflow(by: 1_024).partialValue
  }
}

/// What the machine runs.
enum Machine {
  static func description() -> String {
    var name = utsname()
    uname(&name)
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }

  static func openFilesLimit() -> Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }

  /// From one of C's arrays of characters, which end with a null.
  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
