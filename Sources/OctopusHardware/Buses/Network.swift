// Network interfaces.
import OctopusSystem

extension Attributes {
  mutating func addInterface(_ device: UdevDevice, _ names: HardwareNames) {
    self[.address] = device.attribute("address")
    set(.type, device.attribute("type")?.decimal(Int.self))
    set(.devicePort, device.attribute("dev_port")?.decimal(Int.self))
    if let address = self[.address], let organisation = Self.organisation(of: address) {
      self[.vendorName] = names.names(for: "OUI:\(organisation)")["ID_OUI_FROM_DATABASE"]
    }
  }

  /// The maker's part of an Ethernet address, as six digits; nil if no maker has assigned it.
  private static func organisation(of address: ByteString) -> String? {
    guard let bytes = address.numbers(6, between: ":", radix: 16), bytes[0] & 2 == 0,
      bytes.contains(where: { $0 != 0 })
    else { return nil }
    return bytes.prefix(3).map { hexadecimal($0, digits: 2) }.joined()
  }
}
