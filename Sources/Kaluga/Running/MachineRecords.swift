// The records of the machine itself, which Kaluga publishes: the first devices that drivers match.
import DeviceSchema
import Glibc
import OctopusRecords

/// `hw.machine`, and for each bus whose devices have no other parent a record that stands for it:
/// `hw.machine.net { subsystem: net, syspath: '/sys/class/net' }`.
struct MachineRecords {
  /// Where sysfs is mounted.
  private let root: String

  init(_ root: String) { self.root = root }

  /// The records whose directories this machine has.
  var records: [Record] {
    let machine = record(
      DeviceRecords.machine, "devices", [(.architecture, .string(Self.architecture))])
    let buses = Bus.allCases.compactMap { bus in
      bus.classDirectory.flatMap { directory in
        record(
          DeviceRecords.machineRecord(of: bus), directory,
          [(.subsystem, .string(bus.rawValue)), (.parent, .string(DeviceRecords.machine))])
      }
    }
    return (machine.map { [$0] } ?? []) + buses
  }

  private func record(
    _ name: String, _ directory: String, _ more: [(DeviceAttribute, Value)]
  ) -> Record? {
    let syspath = "\(root)/\(directory)"
    var status = stat()
    guard stat(syspath, &status) == 0 else { return nil }
    let identity: [(DeviceAttribute, Value)] = [
      (.syspath, .string(syspath)),
      (.devinode, .integer(Int64(bitPattern: UInt64(status.st_ino)))),
    ]
    return try? Record(name: name, pairs: (identity + more).map { ($0.rawValue, $1) })
  }

  private static var architecture: String {
    var system = utsname()
    uname(&system)
    return withUnsafeBytes(of: system.machine) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
