// Where a PCI device sits, as the kernel writes it: `0000:00:1f.2`, all but the function in
// hexadecimal.

/// The place of a function of a PCI device.
package struct PCIAddress: Hashable, Sendable {
  package let domain: UInt32
  package let bus: UInt8
  package let device: UInt8
  package let function: UInt8

  package init(domain: UInt32, bus: UInt8, device: UInt8, function: UInt8) {
    self.domain = domain
    self.bus = bus
    self.device = device
    self.function = function
  }

  /// Reads `domain:bus:device.function`; nil if the text is anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let last = parts[2].split(separator: ".", omittingEmptySubsequences: false)
    guard last.count == 2,
      let domain = UInt32(parts[0], radix: 16), let bus = UInt8(parts[1], radix: 16),
      let device = UInt8(last[0], radix: 16), device < 32,
      let function = UInt8(last[1]), function < 8
    else { return nil }
    self.init(domain: domain, bus: bus, device: device, function: function)
  }
}

extension PCIAddress: Comparable {
  package static func < (left: PCIAddress, right: PCIAddress) -> Bool {
    (left.domain, left.bus, left.device, left.function)
      < (right.domain, right.bus, right.device, right.function)
  }
}
