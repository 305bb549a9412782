// The buses whose devices become records.

/// A kind of devices that one bus driver publishes: `octopus-hw pci`.
package enum Bus: String, CaseIterable, Sendable {
  case platform, pci, usb, cpu, net, block, input, tty, hidraw

  /// The directory in sysfs that stands for the bus, relative to where sysfs is mounted. Nil for a
  /// bus whose devices hang below devices of other buses.
  package var classDirectory: String? {
    switch self {
    case .platform, .pci, .usb: nil
    case .cpu: "devices/system/cpu"
    case .net, .block, .input, .tty, .hidraw: "class/\(rawValue)"
    }
  }
}

/// A kind of device records. The raw value is what their names begin with; a number follows.
package enum DeviceKind: String, CaseIterable, Sendable {
  case platformDevice = "hw.platform.device."
  case rootBridge = "hw.pci.rootbridge."
  case pciDevice = "hw.pci.device."
  case usbDevice = "hw.usb.device."
  case usbInterface = "hw.usb.interface."
  case processor = "hw.processor."
  case networkInterface = "hw.net.interface."
  case block = "hw.block."
  case inputDevice = "hw.input.device."
  case inputHandler = "hw.input.handler."
  case terminal = "hw.tty."
  case hidRaw = "hw.hidraw."

  package var namePrefix: String { rawValue }
}
