// The devices of a bus as the kernel has them now, and its events about them.
import DeviceSchema
import Glibc
import OctopusSystem

/// A bus, or the part of it that is below a path in sysfs.
package final class KernelBus {
  package enum Reception {
    /// An event, and a closure that looks at its device as it is now; the closure returns nil for a
    /// device that gets no record.
    case event(KernelEvent, snapshot: () -> DeviceSnapshot?)
    /// The kernel has dropped events: only a scan shows the state.
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
    _ bus: Bus, under path: ByteString?, buffer: Int32, wake: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    self.bus = bus
    if let path {
      guard let root = resolved(path) else {
        throw SystemError(subject: "no device at \(path.escaped)", code: ENOENT)
      }
      self.root = root
    } else {
      root = nil
    }
    udev = try Udev()
    names = HardwareNames(udev)
    monitor = try KernelMonitor(udev, subsystems: bus.subsystems, buffer: buffer, wake: wake)
  }

  /// All devices, parents before their children. A device that goes meanwhile is left out.
  package func scan() throws(SystemError) -> [DeviceSnapshot] {
    var paths: Set<ByteString> = []
    for subsystem in bus.subsystems {
      for path in try udev.devices(of: subsystem) {
        let represented = bus.representedDevice(at: path, subsystem: ByteString(subsystem))
        if let represented, contains(represented) { paths.insert(represented) }
      }
    }
    return paths.map { SortablePath($0) }.sorted().compactMap { snapshot(at: $0.text) }
  }

  /// The number of the kernel's last event so far; 0 if it does not say.
  package var lastEvent: UInt64 { udev.lastEvent ?? 0 }

  /// The next event about a device of the bus. Does not wait; after `nothing`, call ``rearm()``.
  package func receive() -> Reception {
    while true {
      switch monitor.receive() {
      case .lost: return .lost
      case .nothing: return .nothing
      case .event(let device):
        guard let event = event(device) else { continue }
        return .event(event) { [self] in snapshot(at: event.syspath, eventDevice: device) }
      }
    }
  }

  package func rearm() { monitor.rearm() }

  private func contains(_ path: ByteString) -> Bool {
    guard let root else { return true }
    return path == root || path.bytes.starts(with: root.bytes + "/".utf8)
  }

  /// What an event of libudev's means for the records; nil if nothing.
  private func event(_ device: UdevDevice) -> KernelEvent? {
    let path = device.syspath
    guard let represented = bus.representedDevice(at: path, subsystem: device.subsystem) else {
      return nil
    }
    if represented != path {
      // The event is of a device below. All it says of this one is that it may be there.
      guard contains(represented) else { return nil }
      return KernelEvent(inode(of: represented) == nil ? .remove : .other, represented, number: 0)
    }
    let former = device.property("DEVPATH_OLD").map { ByteString("/sys".utf8 + $0.bytes) }
    guard contains(path) || former.map({ contains($0) }) == true else { return nil }
    let kind: KernelEvent.Kind =
      switch device.action {
      case "add": .add
      case "remove": .remove
      case "change": .change
      case "move": former.map { .move(from: $0) } ?? .other
      default: .other
      }
    return KernelEvent(kind, path, number: device.event)
  }

  /// The device at a path. If it has gone, what the event about it says.
  private func snapshot(at path: ByteString, eventDevice: UdevDevice? = nil) -> DeviceSnapshot? {
    guard contains(path) else { return nil }
    // Read first: an event that comes while the device is read has a higher number.
    let last = lastEvent
    while let number = inode(of: path), let device = UdevDevice(udev, syspath: path) {
      let found = describe(device, inode: number)
      // If it went meanwhile, only a part was read, and another device may have its path.
      guard UdevDevice(udev, syspath: path) != nil, inode(of: path) == number else { continue }
      return found.map { DeviceSnapshot($0, lastEvent: max(last, eventDevice?.event ?? 0)) }
    }
    if let eventDevice, eventDevice.syspath == path {
      return describe(eventDevice, inode: nil)
        .map { DeviceSnapshot($0, lastEvent: eventDevice.event) }
    }
    return rootBridge(at: path).map { DeviceSnapshot($0, lastEvent: last) }
  }

  private func describe(_ device: UdevDevice, inode: UInt64?) -> Device? {
    guard let kind = bus.kind(sysname: device.sysname, devtype: device.devtype) else { return nil }
    var attributes = Attributes()
    attributes.add(keys: device.keys)
    attributes[.sysname] = device.sysname
    attributes[.subsystem] = device.subsystem
    attributes[.driver] = device.driver
    attributes[.devname] = device.devnode
    attributes[.modalias] = device.attribute("modalias")
    bus.describe(device, names, into: &attributes)
    return Device(
      syspath: device.syspath, inode: inode, kind: kind, attributes: attributes.values)
  }

  /// A root bridge that libudev does not show: it has nothing but its directory.
  private func rootBridge(at path: ByteString) -> Device? {
    guard bus == .platform, let last = path.bytes.split(separator: UInt8(ascii: "/")).last,
      RootBridge(last) != nil, let inode = inode(of: path)
    else { return nil }
    var attributes = Attributes()
    attributes[.sysname] = ByteString(last)
    attributes.add(bridge: ByteString(last))
    return Device(
      syspath: path, inode: inode, kind: .rootBridge, attributes: attributes.values)
  }
}

/// A path in the order in which devices are published: parents first, `cpu2` before `cpu10`.
private struct SortablePath: Comparable {
  let text: ByteString
  private let parts: [ByteString]

  init(_ text: ByteString) {
    self.text = text
    parts = text.bytes.split(separator: UInt8(ascii: "/")).map { ByteString($0) }
  }

  static func < (left: SortablePath, right: SortablePath) -> Bool {
    for (a, b) in zip(left.parts, right.parts) where a != b {
      return (a.bytes.count, a) < (b.bytes.count, b)
    }
    return left.parts.count < right.parts.count
  }
}
