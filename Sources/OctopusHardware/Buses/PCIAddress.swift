// PCI addresses as the kernel writes them: `0000:00:1f.2`, all but the function in hexadecimal.
import OctopusSystem

/// The path of a function of a PCI device.
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
  package init?(_ text: ByteString) {
    let parts = text.bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let last = parts[2].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard last.count == 2,
      let domain = parts[0].number(UInt32.self, radix: 16),
      let bus = parts[1].number(UInt8.self, radix: 16),
      let device = last[0].number(UInt8.self, radix: 16), device < 32,
      let function = last[1].number(UInt8.self), function < 8
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
