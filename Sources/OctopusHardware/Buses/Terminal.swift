// Terminals: serial lines, consoles.

extension Attributes {
  mutating func addTerminal(_ device: UdevDevice) {
    for name in ["type", "line", "irq"] {
      set(name, device.attribute(name)?.decimal(Int.self))
    }
    set("port", device.attribute("port")?.hexadecimal(Int64.self))
  }
}
