// Devices of the platform: what is on the board and on no bus that tells what it has. The bridges to PCI
// are among them.

/// Which PCI bus is behind a root bridge, from its name: `pci0000:00`.
struct RootBridge: Equatable {
  let domain: UInt32
  let bus: UInt8

  init?(_ sysname: some StringProtocol) {
    let parts = sysname.dropFirst(3).split(separator: ":", omittingEmptySubsequences: false)
    guard sysname.hasPrefix("pci"), parts.count == 2, parts[0].count >= 4, parts[1].count == 2,
      let domain = UInt32(parts[0], radix: 16), let bus = UInt8(parts[1], radix: 16)
    else { return nil }
    (self.domain, self.bus) = (domain, bus)
  }
}

/// The root bridge behind which a PCI device is.
func rootBridge(above syspath: String) -> String? {
  var end = syspath.startIndex
  for part in syspath.split(separator: "/") {
    end = part.endIndex
    if RootBridge(part) != nil { return String(syspath[..<end]) }
  }
  return nil
}

extension Attributes {
  mutating func addPlatform(_ device: UdevDevice) {
    add(bridge: device.sysname)
    self["hid"] = device.attribute("firmware_node/hid")
    self["acpi_node"] = device.attribute("firmware_node/path")
  }

  mutating func add(bridge sysname: String) {
    guard let bridge = RootBridge(sysname) else { return }
    set("domain", bridge.domain)
    set("bus", bridge.bus)
  }
}
