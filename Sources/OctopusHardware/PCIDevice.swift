// The PCI devices of this machine, and each as a record.
import OctopusRecords

/// A function of a PCI device: where it sits, what it is, and who drives it.
///
/// ```swift
/// for device in try PCIDevice.all() { print(try device.record(named: "hw.pci.device.")) }
/// ```
package struct PCIDevice: Hashable, Sendable {
  package var address: PCIAddress
  package var vendor: UInt16
  package var deviceID: UInt16
  package var subsystemVendor: UInt16
  package var subsystemDevice: UInt16
  /// What kind of device it is, by the PCI code and ID assignment: 2 is a network controller.
  package var classCode: UInt8
  package var subclass: UInt8
  /// The programming interface that devices of this class and subclass share.
  package var programmingInterface: UInt8
  package var revision: UInt8
  /// The numbers above in the form that drivers are matched by.
  package var modalias: String
  /// Its directory in sysfs.
  package var syspath: String
  /// The kernel's driver, if one is bound.
  package var driver: String?
  /// The vendor's and the device's name, if the hardware database is installed and knows them.
  package var vendorName: String?
  package var deviceName: String?
}

extension PCIDevice {
  /// This machine's PCI devices, by address. None on a machine without a PCI bus.
  package static func all() throws(HardwareError) -> [PCIDevice] {
    var devices: [PCIDevice] = []
    try withDevices(of: "pci") { device, database in
      if let device = PCIDevice(device, named: database) { devices.append(device) }
    }
    return devices.sorted { $0.address < $1.address }
  }

  /// Nil for a device that is gone before all of it was read.
  private init?(_ device: borrowing UdevDevice, named database: borrowing HardwareDatabase?) {
    guard let address = device.sysname.flatMap({ PCIAddress($0) }), let syspath = device.syspath,
      let vendor: UInt16 = device.number("vendor"),
      let deviceID: UInt16 = device.number("device"),
      let classes: UInt32 = device.number("class"),
      let modalias = device.attribute("modalias")
    else { return nil }
    self.address = address
    self.vendor = vendor
    self.deviceID = deviceID
    subsystemVendor = device.number("subsystem_vendor") ?? 0
    subsystemDevice = device.number("subsystem_device") ?? 0
    // One number in sysfs: class, subclass and programming interface, a byte each.
    classCode = UInt8(truncatingIfNeeded: classes >> 16)
    subclass = UInt8(truncatingIfNeeded: classes >> 8)
    programmingInterface = UInt8(truncatingIfNeeded: classes)
    revision = device.number("revision") ?? 0
    self.modalias = modalias
    self.syspath = syspath
    driver = device.driver
    let names = database?.properties(of: modalias)
    vendorName = names?["ID_VENDOR_FROM_DATABASE"]
    deviceName = names?["ID_MODEL_FROM_DATABASE"]
  }
}

extension UdevDevice {
  /// An attribute that sysfs shows as `0x…`.
  fileprivate func number<Number: FixedWidthInteger>(_ name: String) -> Number? {
    guard let text = attribute(name), text.hasPrefix("0x") else { return nil }
    return Number(text.dropFirst(2), radix: 16)
  }
}

extension PCIDevice {
  /// The device as a record: numbers as integers, texts as strings, what is not known left out.
  package func record(named name: String) throws(SyntaxError) -> Record {
    var attributes: [(String, Value)] = [
      ("domain", .integer(Int64(address.domain))),
      ("bus", .integer(Int64(address.bus))),
      ("device", .integer(Int64(address.device))),
      ("function", .integer(Int64(address.function))),
      ("vendor", .integer(Int64(vendor))),
      ("device_id", .integer(Int64(deviceID))),
      ("subsystem_vendor", .integer(Int64(subsystemVendor))),
      ("subsystem_device", .integer(Int64(subsystemDevice))),
      ("class", .integer(Int64(classCode))),
      ("subclass", .integer(Int64(subclass))),
      ("prog_if", .integer(Int64(programmingInterface))),
      ("revision", .integer(Int64(revision))),
      ("modalias", .string(modalias)),
      ("syspath", .string(syspath)),
    ]
    if let driver { attributes.append(("driver", .string(driver))) }
    if let vendorName { attributes.append(("vendor_name", .string(vendorName))) }
    if let deviceName { attributes.append(("device_name", .string(deviceName))) }
    return try Record(name: name, pairs: attributes)
  }
}
