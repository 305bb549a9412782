import Octopus
// Devices under those that they hang on, each with its driver, as lines of text.
import OctopusSystem

package struct Tree {
  private var children: [ByteString: [Record]] = [:]
  private var roots: [Record] = []
  private let devices: [Record]
  /// By the name of their device.
  private var instances: [ByteString: [Record]] = [:]

  /// - Parameters:
  ///   - devices: their records, in the order in which they are shown.
  ///   - instances: records of instances, and of assignments to them.
  package init(devices: [Record], instances: [Record]) {
    self.devices = devices
    let names = Set(devices.map(\.key))
    for device in devices {
      if let parent = device["parent"]?.text.map({ ByteString($0) }), names.contains(parent),
        parent != device.key
      {
        children[parent, default: []].append(device)
      } else {
        roots.append(device)
      }
    }
    let byName = Dictionary(instances.map { ($0.key, $0) }) { first, _ in first }
    for record in instances {
      guard let device = record["device"]?.text else { continue }
      let instance = record["instance"]?.text.flatMap { byName[ByteString($0)] } ?? record
      self.instances[ByteString(device), default: []].append(instance)
    }
  }

  /// - Parameter isColoured: whether states have colours.
  package func lines(isColoured: Bool = false) -> [StyledText] {
    var lines: [StyledText] = []
    var shown: Set<ByteString> = []
    for root in roots { draw(root, "", "", 0, isColoured, &lines, &shown) }
    // Of parents in a circle none is below a root.
    for device in devices { draw(device, "", "", 0, isColoured, &lines, &shown) }
    return lines
  }

  private func draw(
    _ device: Record, _ first: String, _ rest: String, _ depth: Int, _ isColoured: Bool,
    _ lines: inout [StyledText],
    _ shown: inout Set<ByteString>
  ) {
    guard shown.insert(device.key).inserted else { return }
    let what = Self.title(device)
    lines.append(StyledText(word: first + device.name + (what.isEmpty ? "" : "  \(what)")))
    let below = children[device.key] ?? []
    for instance in instances[device.key] ?? [] {
      lines.append(
        StyledText(rest + (below.isEmpty ? "   " : "│  ")) + Self.work(instance, isColoured))
    }
    if depth == Self.deepest, !below.isEmpty {
      lines.append("\(rest)└─ … deeper devices are drawn at the left margin")
      return
    }
    for (index, child) in below.enumerated() {
      let isLast = index == below.count - 1
      draw(
        child, rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  "), depth + 1,
        isColoured, &lines, &shown)
    }
  }

  /// Records can say anything of their parents, and a stack has an end.
  private static let deepest = 60

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

extension Record {
  /// The name, as what it is told from others by.
  fileprivate var key: ByteString { ByteString(name) }
}
