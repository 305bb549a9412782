// Input devices, the handlers that programs read them through (event5, mouse0), and raw HID
// devices.

extension Attributes {
  mutating func addInput(_ device: UdevDevice, _ names: HardwareNames) {
    let source = self[.product] == nil ? device.ancestor(of: "input") : device
    let keys = source === device ? nil : source?.keys
    let text = self[.product] ?? keys?["PRODUCT"]
    if self[.name] == nil, let name = keys?["NAME"] { add(keys: ["NAME": name]) }
    guard let product = text?.numbers(4, between: "/", radix: 16) else { return }
    set(.bustype, product[0])
    set(.vendor, product[1])
    set(.deviceID, product[2])
    set(.version, product[3])
    if product[0] == usbType { addUSBNames(vendor: product[1], device: product[2], names) }
  }

  mutating func addHIDRaw(_ device: UdevDevice, _ names: HardwareNames) {
    guard let hid = device.ancestor(of: "hid") else { return }
    let keys = hid.keys
    self[.name] = keys["HID_NAME"]
    self[.phys] = keys["HID_PHYS"]
    self[.uniq] = keys["HID_UNIQ"]
    self[.modalias] = keys["MODALIAS"]
    guard let id = keys["HID_ID"]?.numbers(3, between: ":", radix: 16) else { return }
    set(.bustype, id[0])
    set(.vendor, id[1])
    set(.deviceID, id[2])
    if id[0] == usbType { addUSBNames(vendor: id[1], device: id[2], names) }
  }
}

/// The number that means USB where the kernel numbers buses.
private let usbType: Int64 = 3
