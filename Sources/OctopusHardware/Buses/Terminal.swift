// Terminals: serial lines, consoles.

extension Attributes {
  mutating func addTerminal(_ device: UdevDevice) {
    for name in ["type", "line", "irq"] {
      set(name, device.attribute(name).flatMap { Int($0) })
    }
    set("port", device.attribute("port")?.hexadecimal(Int64.self))
  }
}
