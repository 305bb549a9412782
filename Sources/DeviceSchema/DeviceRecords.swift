// The records of devices: their names, and the queries that match them.
import OctopusRecords

/// Names and queries of device records.
package enum DeviceRecords {
  /// The beginning of the names of all records about hardware.
  package static let namePrefix = "hw."

  /// The record of the machine itself, which has no parent.
  package static let machine = "hw.machine"

  /// The record that stands for a bus whose devices have no other parent: `hw.machine.net`.
  package static func machineRecord(of bus: Bus) -> String { "\(machine).\(bus.rawValue)" }

  /// The record that says how many devices of a bus are published: `hw.usb { devices: 12 }`.
  package static func summary(of bus: Bus) -> String { namePrefix + bus.rawValue }

  /// Matches every device.
  package static let all: Query = "r'^hw\\.' { syspath: _ }"

  /// Matches the devices that were looked at before they went.
  package static let identified: Query = "r'^hw\\.' { syspath: _, devinode: _ }"
}

extension Record {
  /// The value of an attribute of a device record; nil if it is not there.
  package subscript(attribute: DeviceAttribute) -> Value? { self[attribute.rawValue] }
}
