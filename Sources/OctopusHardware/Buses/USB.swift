// USB devices and their interfaces, to which the kernel binds drivers.
import OctopusSystem

extension Attributes {
  mutating func addUSB(_ device: UdevDevice, _ names: HardwareNames) {
    // An interface has the numbers of its device.
    let product = self[.product]?.numbers(3, between: "/", radix: 16)
    set(.vendor, product?[0])
    set(.deviceID, product?[1])
    set(.revision, product?[2])
    let isInterface = device.devtype == "usb_interface"
    let classes = self[isInterface ? .interface : .type]?.numbers(3, between: "/", radix: 10)
    set(.class, classes?[0])
    set(.subclass, classes?[1])
    set(.protocol, classes?[2])
    if isInterface {
      set(.number, device.attribute("bInterfaceNumber")?.hexadecimal(Int.self))
      set(.endpoints, device.attribute("bNumEndpoints")?.hexadecimal(Int.self))
      self[.interfaceName] = device.attribute("interface")
    } else {
      self[.port] = device.attribute("devpath")
      set(.speed, decimal: device.attribute("speed"))
      self[.version] = device.attribute("version")
      self[.manufacturer] = device.attribute("manufacturer")
      self[.productName] = device.attribute("product")
      self[.serial] = device.attribute("serial")
      set(.ports, device.attribute("maxchild")?.decimal(Int.self))
    }
    if let product { addUSBNames(vendor: product[0], device: product[1], names) }
  }

  /// The hardware database's names for a vendor and a device with USB numbers.
  mutating func addUSBNames(vendor: Int64, device: Int64, _ names: HardwareNames) {
    let known = names.names(
      for: "usb:v\(hexadecimal(vendor, digits: 4))p\(hexadecimal(device, digits: 4)):")
    self[.vendorName] = known["ID_VENDOR_FROM_DATABASE"]
    self[.deviceName] = known["ID_MODEL_FROM_DATABASE"]
  }
}

/// A number as the hardware database writes it, with leading zeros.
func hexadecimal(_ number: Int64, digits: Int) -> String {
  let text = String(number, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
