// Decides which records a bus needs, from snapshots of devices and from events. It does no I/O: the
// caller carries its actions out, in order.
import OctopusSystem

/// The devices that are published, each under the name that it keeps while it exists.
package struct Inventory: Sendable {
  package enum Action: Hashable, Sendable {
    /// Set a record for the device at this path, and report its name to
    /// ``Inventory/setName(_:of:)``.
    case publish(ByteString)
    /// Set the record of the device at this path again.
    case update(ByteString)
    /// Delete the record of this name.
    case delete(String)
  }

  package struct Entry: Hashable, Sendable {
    package var device: Device
    /// Nil until it is published.
    package var name: String?
    /// The parent that the record has.
    package var parent: String?
    /// The last event whose effect `device` certainly has: earlier ones say nothing new.
    fileprivate var lastEvent: UInt64
  }

  /// By syspath.
  package private(set) var entries: [ByteString: Entry] = [:]
  /// Where the device with each inode was seen.
  private var paths: [UInt64: ByteString] = [:]
  /// The syspaths of all devices below each path.
  private var below: [ByteString: Set<ByteString>] = [:]
  /// The last event before the last scan. For a path without a device, earlier ones say nothing
  /// new.
  private var lastScan: UInt64 = 0

  package init() {}

  package mutating func setName(_ name: String, of path: ByteString) {
    entries[path]?.name = name
  }

  package mutating func setParent(_ parent: String?, of path: ByteString) {
    entries[path]?.parent = parent
  }

  /// Takes over the result of a scan, which began after the event of this number.
  package mutating func reconcile(
    _ snapshots: [DeviceSnapshot], after event: UInt64
  ) -> [Action] {
    lastScan = max(lastScan, event)
    var (before, oldPaths) = (entries, paths)
    (entries, paths, below) = ([:], [:], [:])
    // A device that has moved keeps its record. Two may have changed places.
    for snapshot in snapshots {
      let device = snapshot.device
      let old = device.inode.flatMap { oldPaths[$0] } ?? device.syspath
      if let entry = before[old], entry.device.isSame(as: device) {
        before[old] = nil
        insert(entry, at: device.syspath)
      }
    }
    let gone = before.sorted { $0.key < $1.key }.compactMap(\.value.name).map(Action.delete)
    return gone + snapshots.flatMap { take($0) }
  }

  /// Whether ``apply(_:_:)`` needs a snapshot of the event's device: not if a later state is known.
  package func needsSnapshot(_ event: KernelEvent) -> Bool {
    event.kind != .remove && !isOutdated(event, for: event.syspath)
  }

  /// Whether the entry at a path has the effect of an event already.
  private func isOutdated(_ event: KernelEvent, for path: ByteString) -> Bool {
    event.number > 0 && event.number <= (entries[path]?.lastEvent ?? lastScan)
  }

  /// Takes over an event.
  ///
  /// - Parameter snapshot: the event's device, looked at after the event was received. Nil if it is
  ///   not needed, or the device gets no record.
  package mutating func apply(_ event: KernelEvent, _ snapshot: DeviceSnapshot?) -> [Action] {
    let path = event.syspath
    var actions: [Action] = []
    if case .move(let old) = event.kind, !isOutdated(event, for: old), let entry = entries[old] {
      // At the new path another device may have been seen already.
      if let snapshot, needsSnapshot(event), entry.device.isSame(as: snapshot.device) {
        actions = move(old, to: path)
      } else {
        actions = remove(old)
      }
    }
    if isOutdated(event, for: path) { return actions }
    if event.kind == .remove { return remove(path) }
    guard let snapshot else { return actions }
    if snapshot.device.inode == nil, entries[path] != nil || event.kind != .add {
      // The device has gone since: its event `remove` follows.
      return actions
    }
    return actions + take(snapshot, isChange: event.kind == .change)
  }

  /// - Parameter isChange: whether the record is set again even if it stays the same.
  private mutating func take(_ snapshot: DeviceSnapshot, isChange: Bool = false) -> [Action] {
    let (device, path) = (snapshot.device, snapshot.device.syspath)
    var actions: [Action] = []
    if let old = device.inode.flatMap({ paths[$0] }), old != path {
      // It has moved: the event that says so follows.
      actions = move(old, to: path)
    }
    guard var entry = entries[path], entry.device.isSame(as: device) else {
      actions += remove(path)
      insert(Entry(device: device, lastEvent: snapshot.lastEvent), at: path)
      return actions + [.publish(path)]
    }
    let hasChanged = entry.device != device
    entry.device = device
    entry.lastEvent = snapshot.lastEvent
    insert(entry, at: path)
    return actions + (hasChanged || isChange ? [.update(path)] : [])
  }

  /// The syspaths of all devices below these paths, in order.
  package func devices(below above: Set<ByteString>) -> [ByteString] {
    above.reduce(into: Set()) { $0.formUnion(below[$1] ?? []) }.sorted()
  }

  private mutating func insert(_ entry: Entry, at path: ByteString) {
    if entries.updateValue(entry, forKey: path) == nil {
      for ancestor in Ancestors(of: path) { below[ancestor, default: []].insert(path) }
    }
    if let inode = entry.device.inode { paths[inode] = path }
  }

  /// Moves an entry. Its record changes once the device is seen at the new path.
  private mutating func move(_ old: ByteString, to new: ByteString) -> [Action] {
    let actions = remove(new)
    if let entry = take(from: old) { insert(entry, at: new) }
    return actions
  }

  private mutating func remove(_ path: ByteString) -> [Action] {
    take(from: path)?.name.map { [.delete($0)] } ?? []
  }

  private mutating func take(from path: ByteString) -> Entry? {
    guard let entry = entries.removeValue(forKey: path) else { return nil }
    if let inode = entry.device.inode { paths[inode] = nil }
    for ancestor in Ancestors(of: path) {
      below[ancestor]?.remove(path)
      if below[ancestor]?.isEmpty == true { below[ancestor] = nil }
    }
    return entry
  }
}

extension Device {
  /// Whether it may be the same device, perhaps at another path. Without an inode it may be any.
  fileprivate func isSame(as other: Device) -> Bool {
    kind == other.kind && (inode == nil || other.inode == nil || inode == other.inode)
  }
}
