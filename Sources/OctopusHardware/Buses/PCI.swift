// The functions of PCI devices.

extension Attributes {
  mutating func addPCI(_ device: UdevDevice, _ names: HardwareNames) {
    if let address = PCIAddress(device.sysname) {
      set("domain", address.domain)
      set("bus", address.bus)
      set("device", address.device)
      set("function", address.function)
    }
    // The kernel's events say it, too, and of a device that has gone they alone.
    let id = self["pci_id"]?.numbers(2, between: ":", radix: 16)
    set("vendor", device.attribute("vendor")?.hexadecimal() ?? id?[0])
    set("device_id", device.attribute("device")?.hexadecimal() ?? id?[1])
    let subsystem = self["pci_subsys_id"]?.numbers(2, between: ":", radix: 16)
    set("subsystem_vendor", device.attribute("subsystem_vendor")?.hexadecimal() ?? subsystem?[0])
    set("subsystem_device", device.attribute("subsystem_device")?.hexadecimal() ?? subsystem?[1])
    if let classes = (device.attribute("class") ?? self["pci_class"])?.hexadecimal(UInt32.self) {
      // One number: class, subclass and programming interface, a byte each.
      set("class", UInt8(truncatingIfNeeded: classes >> 16))
      set("subclass", UInt8(truncatingIfNeeded: classes >> 8))
      set("prog_if", UInt8(truncatingIfNeeded: classes))
    }
    set("revision", device.attribute("revision")?.hexadecimal(UInt8.self))
    // -1: none.
    set("numa_node", device.attribute("numa_node")?.decimal(UInt32.self))
    if let modalias = self["modalias"] {
      let known = names.names(for: modalias)
      self["vendor_name"] = known["ID_VENDOR_FROM_DATABASE"]
      self["device_name"] = known["ID_MODEL_FROM_DATABASE"]
      self["class_name"] = known["ID_PCI_CLASS_FROM_DATABASE"]
      self["subclass_name"] = known["ID_PCI_SUBCLASS_FROM_DATABASE"]
    }
  }
}
