// libudev: devices and their attributes, by path or by subsystem. It needs no running udevd.
import CUdev
import Glibc
import OctopusSystem

/// A context of libudev. It and all objects that come from it belong to one thread at a time.
final class Udev {
  let handle: OpaquePointer

  init() throws(SystemError) {
    guard let handle = udev_new() else { throw SystemError("use libudev") }
    self.handle = handle
  }

  deinit { udev_unref(handle) }

  /// The syspaths of all devices of a subsystem.
  func devices(of subsystem: String) throws(SystemError) -> [ByteString] {
    let what = "list the devices of subsystem '\(subsystem)'"
    guard let enumeration = udev_enumerate_new(handle) else {
      throw SystemError(what)
    }
    defer { udev_enumerate_unref(enumeration) }
    udev_enumerate_add_match_subsystem(enumeration, subsystem)
    let result = udev_enumerate_scan_devices(enumeration)
    guard result >= 0 else { throw SystemError(what, code: -result) }
    return entries(udev_enumerate_get_list_entry(enumeration)).compactMap(\.name)
  }

  /// The number of the last event that the kernel has sent; nil if it does not say.
  var lastEvent: UInt64? {
    let text = try? readFile("/sys/kernel/uevent_seqnum")
    return text?.bytes.prefix { $0 != UInt8(ascii: "\n") }.number()
  }
}

/// A device as libudev shows it.
final class UdevDevice {
  private let handle: OpaquePointer

  /// Nil if there is no such device. The kernel removes the file by which libudev knows a device
  /// before it sends the event `remove`: for a device that is found here, that event is yet to
  /// come.
  init?(_ udev: Udev, syspath: ByteString) {
    let handle = syspath.withCString { udev_device_new_from_syspath(udev.handle, $0) }
    guard let handle else { return nil }
    self.handle = handle
  }

  /// Takes over a reference.
  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { udev_device_unref(handle) }

  /// Its directory: `/sys/devices/pci0000:00/0000:00:02.0`.
  var syspath: ByteString { string(udev_device_get_syspath(handle)) ?? "" }
  /// The last part of `syspath`.
  var sysname: ByteString { string(udev_device_get_sysname(handle)) ?? "" }
  var subsystem: ByteString? { string(udev_device_get_subsystem(handle)) }
  var devtype: ByteString? { string(udev_device_get_devtype(handle)) }
  /// Its file: `/dev/sda`.
  var devnode: ByteString? { string(udev_device_get_devnode(handle)) }
  /// The driver that is bound to it.
  var driver: ByteString? { string(udev_device_get_driver(handle)) }

  /// The contents of a file in its directory, without the newline.
  func attribute(_ name: String) -> ByteString? {
    string(udev_device_get_sysattr_value(handle, name))
  }

  func property(_ name: String) -> ByteString? {
    string(udev_device_get_property_value(handle, name))
  }

  /// The keys of the kernel's events about it. A device that is there has them in a file, to which
  /// udevd adds nothing.
  var keys: [ByteString: ByteString] {
    if let text = attribute("uevent") { return eventKeys(text) }
    var keys: [ByteString: ByteString] = [:]
    for (name, value) in entries(udev_device_get_properties_list_entry(handle)) {
      if let name { keys[name] = value }
    }
    return keys
  }

  /// The nearest ancestor that is of a subsystem.
  func ancestor(of subsystem: String) -> UdevDevice? {
    udev_device_get_parent_with_subsystem_devtype(handle, subsystem, nil)
      // libudev's reference belongs to the child. Another one lets the parent outlive it.
      .flatMap { udev_device_ref($0) }
      .map { UdevDevice(owning: $0) }
  }

  // MARK: Devices of an event

  /// `add`, `remove`, `change`, `move`, `bind`, …
  var action: ByteString? { string(udev_device_get_action(handle)) }
  /// The event's number; 0 if it has none.
  var event: UInt64 { udev_device_get_seqnum(handle) }
}

/// The names and values of one of libudev's lists.
func entries(_ first: OpaquePointer?) -> [(name: ByteString?, value: ByteString?)] {
  var result: [(name: ByteString?, value: ByteString?)] = []
  var next = first
  while let entry = next {
    result.append(
      (string(udev_list_entry_get_name(entry)), string(udev_list_entry_get_value(entry))))
    next = udev_list_entry_get_next(entry)
  }
  return result
}

/// A copy of one of libudev's strings.
private func string(_ text: UnsafePointer<CChar>?) -> ByteString? {
  text.map { ByteString(cString: $0) }
}

/// The keys and values of a device's file `uevent`: a line `KEY=value` for each.
func eventKeys(_ text: ByteString) -> [ByteString: ByteString] {
  var keys: [ByteString: ByteString] = [:]
  for line in text.bytes.split(separator: UInt8(ascii: "\n")) {
    guard let sign = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
    keys[ByteString(line[..<sign])] = ByteString(line[(sign + 1)...])
  }
  return keys
}

/// The inode of a directory, which in sysfs no two devices share, not even one after the other.
func inode(of path: ByteString) -> UInt64? {
  var status = stat()
  return path.withCString { stat($0, &status) } == 0 ? UInt64(status.st_ino) : nil
}

/// The path without symbolic links; nil if there is nothing.
func resolved(_ path: ByteString) -> ByteString? {
  guard !path.hasNUL, let result = path.withCString({ realpath($0, nil) }) else { return nil }
  defer { free(result) }
  return ByteString(cString: result)
}
