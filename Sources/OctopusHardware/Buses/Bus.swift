// The buses, or what passes for one, whose devices become records.
import OctopusSystem

/// A kind of devices that one bus driver publishes.
package enum Bus: String, CaseIterable, Sendable {
  case platform, pci, usb, cpu, net, block, input, tty, hidraw

  /// The kernel's subsystems that it listens to.
  var subsystems: [String] {
    switch self {
    // A root bridge has no subsystem, and there are no events about it: what is behind it shows it.
    case .platform: ["platform", "pci"]
    default: [rawValue]
    }
  }

  /// The place of the device that a device of one of the subsystems shows: mostly itself.
  func subject(of syspath: ByteString, subsystem: ByteString?) -> ByteString? {
    self == .platform && subsystem == "pci" ? rootBridge(above: syspath) : syspath
  }

  /// The name of a device's record but for the number. `devtype` is the kernel's.
  func family(sysname: ByteString, devtype: ByteString?) -> String? {
    switch self {
    case .platform: RootBridge(sysname.bytes) == nil ? "hw.platform.device." : "hw.pci.rootbridge."
    case .pci: "hw.pci.device."
    case .usb:
      switch devtype {
      case "usb_device": "hw.usb.device."
      case "usb_interface": "hw.usb.interface."
      default: nil
      }
    case .cpu: "hw.processor."
    case .net: "hw.net.interface."
    case .block: "hw.block."
    case .input: sysname.bytes.starts(with: "input".utf8) ? "hw.input.device." : "hw.input.handler."
    case .tty: "hw.tty."
    case .hidraw: "hw.hidraw."
    }
  }

  /// What is particular to its devices.
  func describe(_ device: UdevDevice, _ names: HardwareNames, into attributes: inout Attributes) {
    switch self {
    case .platform: attributes.addPlatform(device)
    case .pci: attributes.addPCI(device, names)
    case .usb: attributes.addUSB(device, names)
    case .cpu: attributes.addProcessor(device)
    case .net: attributes.addInterface(device, names)
    case .block: attributes.addBlock(device)
    case .input: attributes.addInput(device, names)
    case .tty: attributes.addTerminal(device)
    case .hidraw: attributes.addHIDRaw(device, names)
    }
  }
}
