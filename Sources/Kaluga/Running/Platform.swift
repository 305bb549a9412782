// The machine itself: the records with which everything begins.
import Glibc
import OctopusRecords

/// `hw.machine`, and for each kind of device that hangs on no bus a record that stands for its bus:
/// `hw.machine.net { subsystem: net, syspath: '/sys/class/net' }`.
struct Platform {
  /// Where sysfs is mounted.
  private let root: String

  init(_ root: String) { self.root = root }

  private static let places: KeyValuePairs = [
    "cpu": "devices/system/cpu", "net": "class/net", "block": "class/block",
    "input": "class/input", "tty": "class/tty", "hidraw": "class/hidraw",
  ]

  /// Those of what there is.
  var records: [Record] {
    let machine = record("hw.machine", "devices", ("arch", .string(Self.architecture)))
    let kinds = Self.places.compactMap { kind, place in
      record("hw.machine.\(kind)", place, ("subsystem", .string(kind)), ("parent", "hw.machine"))
    }
    return (machine.map { [$0] } ?? []) + kinds
  }

  private func record(
    _ name: String, _ place: String, _ more: (String, Value)...
  ) -> Record? {
    let syspath = "\(root)/\(place)"
    var status = stat()
    guard stat(syspath, &status) == 0 else { return nil }
    let identity: [(String, Value)] = [
      ("syspath", .string(syspath)),
      ("devinode", .integer(Int64(bitPattern: UInt64(status.st_ino)))),
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
