// The machine itself: the records with which everything begins.
import Glibc
import OctopusRecords

/// `hw.machine`, and for each kind of device that hangs on no bus a record that stands for its bus:
/// `hw.machine.net { subsystem: net, syspath: '/sys/class/net' }`.
enum Platform {
  private static let places: KeyValuePairs = [
    "cpu": "/sys/devices/system/cpu", "net": "/sys/class/net", "block": "/sys/class/block",
    "input": "/sys/class/input", "tty": "/sys/class/tty", "hidraw": "/sys/class/hidraw",
  ]

  /// Those of what there is.
  static var records: [Record] {
    let machine = record("hw.machine", "/sys/devices", ("arch", .string(architecture)))
    let kinds = places.compactMap { kind, place in
      record("hw.machine.\(kind)", place, ("subsystem", .string(kind)), ("parent", "hw.machine"))
    }
    return (machine.map { [$0] } ?? []) + kinds
  }

  private static func record(
    _ name: String, _ syspath: String, _ more: (String, Value)...
  ) -> Record? {
    var status = stat()
    guard stat(syspath, &status) == 0 else { return nil }
    let identity: [(String, Value)] = [
      ("syspath", .string(syspath)), ("devinode", .integer(Int64(status.st_ino))),
    ]
    return try? Record(name: name, pairs: identity + more)
  }

  private static var architecture: String {
    var system = utsname()
    uname(&system)
    return withUnsafeBytes(of: system.machine) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
