// libudev, as far as it is needed: the devices of a subsystem with their attributes, and the names that
// the hardware database has for them. Needs no running udevd.
import CUdev
import Glibc

/// Why the devices could not be listed.
package struct HardwareError: Error, Equatable, CustomStringConvertible {
  package let subsystem: String
  package let errno: Int32

  package var description: String {
    "cannot list the devices of subsystem '\(subsystem)': \(String(cString: strerror(errno)))"
  }
}

/// A device as sysfs shows it.
struct UdevDevice: ~Copyable {
  private let handle: OpaquePointer

  /// Nil if there is no such device, or none any more.
  init?(context: OpaquePointer, syspath: UnsafePointer<CChar>) {
    guard let handle = udev_device_new_from_syspath(context, syspath) else { return nil }
    self.handle = handle
  }

  deinit { udev_device_unref(handle) }

  /// Its directory: `/sys/devices/pci0000:00/0000:00:02.0`.
  var syspath: String? { string(udev_device_get_syspath(handle)) }
  /// The last part of `syspath`.
  var sysname: String? { string(udev_device_get_sysname(handle)) }
  /// The driver that is bound to it, if there is one.
  var driver: String? { string(udev_device_get_driver(handle)) }

  /// The contents of a file in its directory, without the newline.
  func attribute(_ name: String) -> String? { string(udev_device_get_sysattr_value(handle, name)) }
}

/// The hardware database: names for what is identified by numbers.
struct HardwareDatabase: ~Copyable {
  private let handle: OpaquePointer

  /// Nil if this machine has none.
  init?(context: OpaquePointer) {
    guard let handle = udev_hwdb_new(context) else { return nil }
    self.handle = handle
  }

  deinit { udev_hwdb_unref(handle) }

  /// What it has for devices with this modalias, by property name.
  func properties(of modalias: String) -> [String: String] {
    var properties: [String: String] = [:]
    var entry = udev_hwdb_get_properties_list_entry(handle, modalias, 0)
    while let property = entry {
      if let name = string(udev_list_entry_get_name(property)) {
        properties[name] = string(udev_list_entry_get_value(property))
      }
      entry = udev_list_entry_get_next(property)
    }
    return properties
  }
}

/// Calls `body` with each device of a subsystem. One that goes meanwhile is left out.
func withDevices(
  of subsystem: String, _ body: (borrowing UdevDevice, borrowing HardwareDatabase?) -> Void
) throws(HardwareError) {
  guard let context = udev_new() else { throw HardwareError(subsystem: subsystem, errno: errno) }
  defer { udev_unref(context) }
  guard let enumeration = udev_enumerate_new(context) else {
    throw HardwareError(subsystem: subsystem, errno: errno)
  }
  defer { udev_enumerate_unref(enumeration) }

  udev_enumerate_add_match_subsystem(enumeration, subsystem)
  let result = udev_enumerate_scan_devices(enumeration)
  guard result >= 0 else { throw HardwareError(subsystem: subsystem, errno: -result) }

  let database = HardwareDatabase(context: context)
  var entry = udev_enumerate_get_list_entry(enumeration)
  while let device = entry {
    if let device = UdevDevice(context: context, syspath: udev_list_entry_get_name(device)) {
      body(device, database)
    }
    entry = udev_list_entry_get_next(device)
  }
}

/// libudev's strings are its own, and nil where there is nothing.
private func string(_ text: UnsafePointer<CChar>?) -> String? { text.map { String(cString: $0) } }
