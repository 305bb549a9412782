// Devices under those that they hang on, each with its driver, as lines of text.
import Octopus
import TerminalOutput

package struct Tree {
  private var children: [String: [Record]] = [:]
  private var roots: [Record] = []
  /// By the name of their device.
  private var instances: [String: [Record]] = [:]

  /// - Parameters:
  ///   - devices: their records, in the order in which they are shown.
  ///   - instances: records of instances, and of assignments to them.
  package init(devices: [Record], instances: [Record]) {
    let names = Set(devices.map(\.name))
    for device in devices {
      if let parent = device["parent"]?.text, names.contains(parent), parent != device.name {
        children[parent, default: []].append(device)
      } else {
        roots.append(device)
      }
    }
    let byName = Dictionary(instances.map { ($0.name, $0) }) { first, _ in first }
    for record in instances {
      guard let device = record["device"]?.text else { continue }
      let instance = record["instance"]?.text.flatMap { byName[$0] } ?? record
      self.instances[device, default: []].append(instance)
    }
  }

  /// - Parameter isColoured: whether states have colours.
  package func lines(isColoured: Bool = false) -> [StyledText] {
    var lines: [StyledText] = []
    var shown: Set<String> = []
    for root in roots { draw(root, "", "", isColoured, &lines, &shown) }
    return lines
  }

  private func draw(
    _ device: Record, _ first: String, _ rest: String, _ isColoured: Bool,
    _ lines: inout [StyledText],
    _ shown: inout Set<String>
  ) {
    // Parents in a circle are nobody's children, and are not shown; but a name is shown once.
    guard shown.insert(device.name).inserted else { return }
    let what = Self.title(device)
    lines.append(StyledText(word: first + device.name + (what.isEmpty ? "" : "  \(what)")))
    let below = children[device.name] ?? []
    for instance in instances[device.name] ?? [] {
      lines.append(
        StyledText(rest + (below.isEmpty ? "   " : "│  ")) + Self.work(instance, isColoured))
    }
    for (index, child) in below.enumerated() {
      let isLast = index == below.count - 1
      draw(
        child, rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  "), isColoured, &lines,
        &shown)
    }
  }

  /// What people call it.
  private static func title(_ device: Record) -> String {
    let names = [
      "product_name", "device_name", "interface", "devname", "interface_name", "name", "class_name",
      "hid", "arch",
    ]
    let maker = ["manufacturer", "vendor_name"].lazy.compactMap { device[$0]?.text }.first
    let name = names.lazy.compactMap { device[$0]?.text }.first
    return [maker, name].compactMap { $0 }.joined(separator: " ")
  }

  private static func work(_ instance: Record, _ isColoured: Bool) -> StyledText {
    let state = instance["state"]?.text ?? "?"
    let (sign, colour): (String, StaticString) =
      switch state {
      case "running", "done": ("●", "\u{1b}[32m")
      case "failed", "backing-off": ("✗", "\u{1b}[31m")
      default: ("○", "\u{1b}[33m")
      }
    var text = StyledText(word: "\(sign) \(instance["driver"]?.text ?? "?") \(state)")
    if isColoured { text = StyledText(sequence: colour) + text + StyledText(sequence: "\u{1b}[0m") }
    var rest = ""
    if let process = instance["pid"] { rest += ", process \(process)" }
    if let reason = instance["reason"]?.text { rest += ": \(reason)" }
    return text + StyledText(word: rest + "  \(instance.name)")
  }
}
