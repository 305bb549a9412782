// Terminals: serial lines, consoles.
import DeviceSchema

extension Attributes {
  mutating func addTerminal(_ device: UdevDevice) {
    for name in [DeviceAttribute.type, .line, .irq] {
      set(name, device.attribute(name.rawValue)?.decimal(Int.self))
    }
    set(.port, device.attribute("port")?.hexadecimal(Int64.self))
  }
}
