// What the kernel's subsystems have to do with each bus, and how its devices are described.
import DeviceSchema
import OctopusSystem

extension Bus {
  /// The kernel's subsystems whose devices and events belong to it.
  var subsystems: [String] {
    switch self {
    // A root bridge has no subsystem and no events: the PCI devices below it show that it is there.
    case .platform: ["platform", "pci"]
    default: [rawValue]
    }
  }

  /// The path of the device that a device of one of the subsystems stands for: mostly itself.
  func representedDevice(at syspath: ByteString, subsystem: ByteString?) -> ByteString? {
    self == .platform && subsystem == "pci" ? rootBridge(above: syspath) : syspath
  }

  /// The kind of a device's record; nil if it gets none. `devtype` is the kernel's.
  func kind(sysname: ByteString, devtype: ByteString?) -> DeviceKind? {
    switch self {
    case .platform: RootBridge(sysname.bytes) == nil ? .platformDevice : .rootBridge
    case .pci: .pciDevice
    case .usb:
      switch devtype {
      case "usb_device": .usbDevice
      case "usb_interface": .usbInterface
      default: nil
      }
    case .cpu: .processor
    case .net: .networkInterface
    case .block: .block
    case .input: sysname.bytes.starts(with: "input".utf8) ? .inputDevice : .inputHandler
    case .tty: .terminal
    case .hidraw: .hidRaw
    }
  }

  /// Adds the attributes that only devices of this bus have.
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
