import Glibc
// The devices of a bus as the kernel has them: all of them now, and what happens to them.
import OctopusSystem

/// A bus, or the part of it that is under a place in sysfs.
package final class KernelBus {
  package enum Reception {
    /// What happened, and what the device is like now; nil if it went or is none that is published.
    case event(KernelEvent, look: () -> Sighting?)
    /// Events were lost: only a scan can tell what is so now.
    case lost
    case nothing
  }

  package let bus: Bus
  private let root: ByteString?
  private let udev: Udev
  private let names: HardwareNames
  private let monitor: KernelMonitor

  /// Events are kept from now on. `wake` is called when there is something to receive.
  package init(
    _ bus: Bus, under place: ByteString?, buffer: Int32, wake: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    self.bus = bus
    if let place {
      guard let root = resolved(place) else {
        throw SystemError(subject: "no device at \(place.escaped)", code: ENOENT)
      }
      self.root = root
    } else {
      root = nil
    }
    udev = try Udev()
    names = HardwareNames(udev)
    monitor = try KernelMonitor(udev, subsystems: bus.subsystems, buffer: buffer, wake: wake)
  }

  /// All that are there, those above before those below. One that goes meanwhile is left out.
  package func scan() throws(SystemError) -> [Sighting] {
    var places: Set<ByteString> = []
    for subsystem in bus.subsystems {
      for place in try udev.devices(of: subsystem) {
        if let subject = bus.subject(of: place, subsystem: ByteString(subsystem)), contains(subject)
        {
          places.insert(subject)
        }
      }
    }
    return places.map { SortablePlace($0) }.sorted().compactMap { look(at: $0.text) }
  }

  /// The number of the last event so far; 0 if the kernel does not tell.
  package var lastEvent: UInt64 { udev.lastEvent ?? 0 }

  /// The next event about a device of the bus. Does not wait; after `nothing`, ``rearm()``.
  package func receive() -> Reception {
    while true {
      switch monitor.receive() {
      case .lost: return .lost
      case .nothing: return .nothing
      case .event(let device):
        guard let event = event(device) else { continue }
        return .event(event) { [self] in look(at: event.syspath, told: device) }
      }
    }
  }

  package func rearm() { monitor.rearm() }

  private func contains(_ place: ByteString) -> Bool {
    guard let root else { return true }
    return place == root || place.bytes.starts(with: root.bytes + "/".utf8)
  }

  /// What an event means for what is published; nil if nothing.
  private func event(_ device: UdevDevice) -> KernelEvent? {
    let place = device.syspath
    guard let subject = bus.subject(of: place, subsystem: device.subsystem) else { return nil }
    if subject != place {
      // It shows another, and says nothing of that but that it may be there.
      guard contains(subject) else { return nil }
      return KernelEvent(inode(of: subject) == nil ? .remove : .other, subject, number: 0)
    }
    let former = device.property("DEVPATH_OLD").map { ByteString("/sys".utf8 + $0.bytes) }
    guard contains(place) || former.map({ contains($0) }) == true else { return nil }
    let kind: KernelEvent.Kind =
      switch device.action {
      case "add": .add
      case "remove": .remove
      case "change": .change
      case "move": former.map { .move(from: $0) } ?? .other
      default: .other
      }
    return KernelEvent(kind, place, number: device.event)
  }

  /// What is at a place. Of what is there no more, what the event about it told.
  private func look(at place: ByteString, told: UdevDevice? = nil) -> Sighting? {
    guard contains(place) else { return nil }
    // Before all else: what happens while it is looked at is told after this one.
    let last = lastEvent
    while let number = inode(of: place), let device = UdevDevice(udev, syspath: place) {
      let seen = seen(device, number)
      // Of one that went meanwhile only a part was seen, and another may have its place.
      guard UdevDevice(udev, syspath: place) != nil, inode(of: place) == number else { continue }
      return seen.map { Sighting($0, asOf: max(last, told?.event ?? 0)) }
    }
    if let told, told.syspath == place {
      return seen(told, nil).map { Sighting($0, asOf: told.event) }
    }
    return bridge(at: place).map { Sighting($0, asOf: last) }
  }

  private func seen(_ device: UdevDevice, _ inode: UInt64?) -> Device? {
    guard let family = bus.family(sysname: device.sysname, devtype: device.devtype) else {
      return nil
    }
    var attributes = Attributes()
    attributes.add(keys: device.keys)
    attributes["sysname"] = device.sysname
    attributes["subsystem"] = device.subsystem
    attributes["driver"] = device.driver
    attributes["devname"] = device.devnode
    attributes["modalias"] = device.attribute("modalias")
    bus.describe(device, names, into: &attributes)
    return Device(
      syspath: device.syspath, inode: inode, family: family, attributes: attributes.values)
  }

  /// A root bridge of which nothing but its directory is there.
  private func bridge(at place: ByteString) -> Device? {
    guard bus == .platform, let last = place.bytes.split(separator: UInt8(ascii: "/")).last,
      RootBridge(last) != nil, let inode = inode(of: place)
    else { return nil }
    var attributes = Attributes()
    attributes["sysname"] = ByteString(last)
    attributes.add(bridge: ByteString(last))
    return Device(
      syspath: place, inode: inode, family: "hw.pci.rootbridge.", attributes: attributes.values)
  }
}

/// A place in the order in which devices are published: those above first, `cpu2` before `cpu10`.
private struct SortablePlace: Comparable {
  let text: ByteString
  private let parts: [ByteString]

  init(_ text: ByteString) {
    self.text = text
    parts = text.bytes.split(separator: UInt8(ascii: "/")).map { ByteString($0) }
  }

  static func < (left: SortablePlace, right: SortablePlace) -> Bool {
    for (a, b) in zip(left.parts, right.parts) where a != b {
      return (a.bytes.count, a) < (b.bytes.count, b)
    }
    return left.parts.count < right.parts.count
  }
}
