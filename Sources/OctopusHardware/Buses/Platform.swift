// Platform devices: those on the board that no bus can enumerate. PCI's root bridges are among
// them.
import OctopusSystem

/// The PCI bus below a root bridge, from the bridge's name: `pci0000:00`.
struct RootBridge: Equatable {
  let domain: UInt32
  let bus: UInt8

  init?(_ sysname: some Collection<UInt8>) {
    let parts = sysname.dropFirst(3)
      .split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard sysname.starts(with: "pci".utf8), parts.count == 2, parts[0].count >= 4,
      parts[1].count == 2, let domain = parts[0].number(UInt32.self, radix: 16),
      let bus = parts[1].number(UInt8.self, radix: 16)
    else { return nil }
    (self.domain, self.bus) = (domain, bus)
  }
}

/// The path of the root bridge above a PCI device.
func rootBridge(above syspath: ByteString) -> ByteString? {
  syspath.bytes.split(separator: UInt8(ascii: "/")).first { RootBridge($0) != nil }
    .map { ByteString(syspath.bytes[..<$0.endIndex]) }
}

extension Attributes {
  mutating func addPlatform(_ device: UdevDevice) {
    add(bridge: device.sysname)
    self[.hid] = device.attribute("firmware_node/hid")
    self[.acpiNode] = device.attribute("firmware_node/path")
  }

  mutating func add(bridge sysname: ByteString) {
    guard let bridge = RootBridge(sysname.bytes) else { return }
    set(.domain, bridge.domain)
    set(.bus, bridge.bus)
  }
}
