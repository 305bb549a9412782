// The tree of devices with their drivers, as lines of text: `kaluga tree`.
import DeviceSchema
import Octopus
import OctopusSystem

/// Devices below their parents, with the instances of each.
package struct DeviceTree {
  private var children: [ByteString: [Record]] = [:]
  private var roots: [Record] = []
  private let devices: [Record]
  /// By the name of the device.
  private var instances: [ByteString: [Record]] = [:]

  /// - Parameters:
  ///   - devices: their records, in the order in which they are shown.
  ///   - instances: records of instances, and of assignments to them.
  package init(devices: [Record], instances: [Record]) {
    self.devices = devices
    let names = Set(devices.map(\.key))
    for device in devices {
      if let parent = device[.parent]?.text.map({ ByteString($0) }), names.contains(parent),
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
    var drawing = Drawing(isColoured: isColoured)
    for root in roots { draw(root, at: Position(), &drawing) }
    // Parents in a circle are below no root.
    for device in devices { draw(device, at: Position(), &drawing) }
    return drawing.lines
  }

  /// What has been drawn so far.
  private struct Drawing {
    let isColoured: Bool
    var lines: [StyledText] = []
    var shown: Set<ByteString> = []
  }

  /// Where a device is drawn: what its first line begins with, and what the others begin with.
  private struct Position {
    var first = ""
    var others = ""
    var depth = 0

    func child(isLast: Bool) -> Position {
      Position(
        first: others + (isLast ? "└─ " : "├─ "), others: others + (isLast ? "   " : "│  "),
        depth: depth + 1)
    }
  }

  private func draw(_ device: Record, at position: Position, _ drawing: inout Drawing) {
    guard drawing.shown.insert(device.key).inserted else { return }
    let title = Self.title(device)
    let line = position.first + device.name + (title.isEmpty ? "" : "  \(title)")
    drawing.lines.append(StyledText(word: line))
    let below = children[device.key] ?? []
    for instance in instances[device.key] ?? [] {
      let margin = StyledText(position.others + (below.isEmpty ? "   " : "│  "))
      drawing.lines.append(margin + Self.line(of: instance, isColoured: drawing.isColoured))
    }
    if position.depth == Self.deepest, !below.isEmpty {
      let note = "└─ … deeper devices are drawn at the left margin"
      drawing.lines.append(StyledText(position.others + note))
      return
    }
    for (index, child) in below.enumerated() {
      draw(child, at: position.child(isLast: index == below.count - 1), &drawing)
    }
  }

  /// The limit of the recursion. Records can name any parents.
  private static let deepest = 60

  /// A name of the device for people.
  private static func title(_ device: Record) -> String {
    let names: [DeviceAttribute] = [
      .productName, .deviceName, .interface, .devname, .interfaceName, .name, .className, .hid,
      .architecture,
    ]
    let makers: [DeviceAttribute] = [.manufacturer, .vendorName]
    let maker = makers.lazy.compactMap { device[$0]?.text }.first
    let name = names.lazy.compactMap { device[$0]?.text }.first
    return [maker, name].compactMap { $0 }.joined(separator: " ")
  }

  private static func line(of instance: Record, isColoured: Bool) -> StyledText {
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
  /// The name as bytes: Swift takes different bytes that print the same for equal.
  fileprivate var key: ByteString { ByteString(name) }
}
