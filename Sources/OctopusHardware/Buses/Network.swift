// Network interfaces.

extension Attributes {
  mutating func addInterface(_ device: UdevDevice, _ names: HardwareNames) {
    self["address"] = device.attribute("address")
    set("type", device.attribute("type").flatMap { Int($0) })
    set("dev_port", device.attribute("dev_port").flatMap { Int($0) })
    if let address = self["address"], let organisation = Self.organisation(of: address) {
      self["vendor_name"] = names.names(for: "OUI:\(organisation)")["ID_OUI_FROM_DATABASE"]
    }
  }

  /// Who made what has this Ethernet address, as six digits; nil if the address is nobody's own.
  private static func organisation(of address: String) -> String? {
    guard let bytes = address.numbers(6, between: ":", radix: 16), bytes[0] & 2 == 0,
      bytes.contains(where: { $0 != 0 })
    else { return nil }
    return address.prefix(8).uppercased().filter { $0 != ":" }
  }
}
