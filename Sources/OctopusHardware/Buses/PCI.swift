// The functions of PCI devices.

extension Attributes {
  mutating func addPCI(_ device: UdevDevice, _ names: HardwareNames) {
    if let address = PCIAddress(device.sysname) {
      set(.domain, address.domain)
      set(.bus, address.bus)
      set(.device, address.device)
      set(.function, address.function)
    }
    // For a device that has gone only the kernel's events have the numbers.
    let id = self[.pciID]?.numbers(2, between: ":", radix: 16)
    set(.vendor, device.attribute("vendor")?.hexadecimal() ?? id?[0])
    set(.deviceID, device.attribute("device")?.hexadecimal() ?? id?[1])
    let subsystem = self[.pciSubsystemID]?.numbers(2, between: ":", radix: 16)
    set(.subsystemVendor, device.attribute("subsystem_vendor")?.hexadecimal() ?? subsystem?[0])
    set(.subsystemDevice, device.attribute("subsystem_device")?.hexadecimal() ?? subsystem?[1])
    if let classes = (device.attribute("class") ?? self[.pciClass])?.hexadecimal(UInt32.self) {
      // One number: class, subclass and programming interface, a byte each.
      set(.class, UInt8(truncatingIfNeeded: classes >> 16))
      set(.subclass, UInt8(truncatingIfNeeded: classes >> 8))
      set(.programmingInterface, UInt8(truncatingIfNeeded: classes))
    }
    set(.revision, device.attribute("revision")?.hexadecimal(UInt8.self))
    // -1: none.
    set(.numaNode, device.attribute("numa_node")?.decimal(UInt32.self))
    if let modalias = self[.modalias] {
      let known = names.names(for: modalias)
      self[.vendorName] = known["ID_VENDOR_FROM_DATABASE"]
      self[.deviceName] = known["ID_MODEL_FROM_DATABASE"]
      self[.className] = known["ID_PCI_CLASS_FROM_DATABASE"]
      self[.subclassName] = known["ID_PCI_SUBCLASS_FROM_DATABASE"]
    }
  }
}
