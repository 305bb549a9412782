// What is published of a bus, and what must be done so that it is what the kernel has. Pure: what is to be
// done is carried out by others, in order.
import OctopusSystem

/// The devices that are published, each under the name that it has while it exists.
package struct Inventory: Sendable {
  package enum Action: Hashable, Sendable {
    /// Make a record for the device at this place, and tell ``Inventory/publish(_:as:)`` its name.
    case publish(ByteString)
    /// Set the record of the device at this place anew.
    case renew(ByteString)
    /// Delete the record of this name.
    case withdraw(String)
  }

  package struct Entry: Hashable, Sendable {
    package var device: Device
    /// Nil until it is published.
    package var name: String?
    /// The record above it, as its own record says.
    package var parent: String?
    /// The last event whose outcome the device shows; older ones say nothing new.
    fileprivate var asOf: UInt64
  }

  /// By place.
  package private(set) var entries: [ByteString: Entry] = [:]
  /// Where each inode was seen.
  private var places: [UInt64: ByteString] = [:]
  /// The places of devices below each place.
  private var below: [ByteString: Set<ByteString>] = [:]
  /// Up to this event all is known, of places also where no device is.
  private var scanned: UInt64 = 0

  package init() {}

  package mutating func publish(_ place: ByteString, as name: String) {
    entries[place]?.name = name
  }

  package mutating func setParent(_ parent: String?, of place: ByteString) {
    entries[place]?.parent = parent
  }

  /// All that is there was looked at, after the event of this number.
  package mutating func scanned(_ sightings: [Sighting], after event: UInt64) -> [Action] {
    scanned = max(scanned, event)
    var (before, oldPlaces) = (entries, places)
    (entries, places, below) = ([:], [:], [:])
    // A device keeps its record where it has moved meanwhile. It may have changed places with another.
    for sighting in sightings {
      let device = sighting.device
      let old = device.inode.flatMap { oldPlaces[$0] } ?? device.syspath
      if let entry = before[old], entry.device.isSame(as: device) {
        before[old] = nil
        put(entry, at: device.syspath)
      }
    }
    let gone = before.sorted { $0.key < $1.key }.compactMap(\.value.name).map(Action.withdraw)
    return gone + sightings.flatMap { take($0) }
  }

  /// Whether it must be seen what is at an event's place: not if a later state is known.
  package func needsSighting(_ event: KernelEvent) -> Bool {
    event.kind != .remove && !knows(event, of: event.syspath)
  }

  private func knows(_ event: KernelEvent, of place: ByteString) -> Bool {
    event.number > 0 && event.number <= (entries[place]?.asOf ?? scanned)
  }

  /// Something has happened. `sighting` is what was then seen there; nil if it need not be seen, or is
  /// nothing that is published.
  package mutating func happened(_ event: KernelEvent, _ sighting: Sighting?) -> [Action] {
    let place = event.syspath
    var actions: [Action] = []
    if case .move(let old) = event.kind, !knows(event, of: old), let entry = entries[old] {
      // Where it is now, something may have been seen already.
      if let sighting, needsSighting(event), entry.device.isSame(as: sighting.device) {
        actions = rename(old, place)
      } else {
        actions = remove(old)
      }
    }
    if knows(event, of: place) { return actions }
    if event.kind == .remove { return remove(place) }
    guard let sighting else { return actions }
    if sighting.device.inode == nil, entries[place] != nil || event.kind != .add {
      // It has gone since; the event that says so is on its way.
      return actions
    }
    return actions + take(sighting, isTold: event.kind == .change)
  }

  private mutating func take(_ sighting: Sighting, isTold: Bool = false) -> [Action] {
    let (device, place) = (sighting.device, sighting.device.syspath)
    var actions: [Action] = []
    if let old = device.inode.flatMap({ places[$0] }), old != place {
      // What says that it has moved is on its way.
      actions = rename(old, place)
    }
    guard var entry = entries[place], entry.device.isSame(as: device) else {
      actions += remove(place)
      put(Entry(device: device, asOf: sighting.asOf), at: place)
      return actions + [.publish(place)]
    }
    let isNew = entry.device != device
    entry.device = device
    entry.asOf = sighting.asOf
    put(entry, at: place)
    return actions + (isNew || isTold ? [.renew(place)] : [])
  }

  /// The places of the devices below these places, in order.
  package func devices(below above: Set<ByteString>) -> [ByteString] {
    above.reduce(into: Set()) { $0.formUnion(below[$1] ?? []) }.sorted()
  }

  private mutating func put(_ entry: Entry, at place: ByteString) {
    if entries.updateValue(entry, forKey: place) == nil {
      for ancestor in Ancestors(of: place) { below[ancestor, default: []].insert(place) }
    }
    if let inode = entry.device.inode { places[inode] = place }
  }

  /// The device at the old place is at the new one, and nothing else. Its record says so once it is seen
  /// there.
  private mutating func rename(_ old: ByteString, _ new: ByteString) -> [Action] {
    let actions = remove(new)
    if let entry = take(from: old) { put(entry, at: new) }
    return actions
  }

  private mutating func remove(_ place: ByteString) -> [Action] {
    take(from: place)?.name.map { [.withdraw($0)] } ?? []
  }

  private mutating func take(from place: ByteString) -> Entry? {
    guard let entry = entries.removeValue(forKey: place) else { return nil }
    if let inode = entry.device.inode { places[inode] = nil }
    for ancestor in Ancestors(of: place) {
      below[ancestor]?.remove(place)
      if below[ancestor]?.isEmpty == true { below[ancestor] = nil }
    }
    return entry
  }
}

extension Device {
  /// Whether it is the same device, if perhaps at another place. What was not looked at may be.
  fileprivate func isSame(as other: Device) -> Bool {
    family == other.family && (inode == nil || other.inode == nil || inode == other.inode)
  }
}
