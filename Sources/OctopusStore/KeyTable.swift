import OctopusRecords

/// Numbers by key (rows by name): a hash table with open addressing that keeps no keys of its own.
///
/// Each slot has a number and half of its key's hash, which finds the slot and filters almost every
/// number of another key. Linear probing; a removal shifts back what follows, so there are no
/// tombstones. Between 11 and 22 bytes a key.
///
/// - Complexity: O(1) expected. The hash is seeded, so a client cannot choose collisions.
struct KeyTable {
  private struct Slot {
    var tag: UInt32
    /// The number plus one; 0: empty.
    var number: UInt32
  }

  private var slots = ContiguousArray(repeating: Slot(tag: 0, number: 0), count: 16)
  private(set) var count = 0

  /// The number with this key.
  @inline(__always)
  func find(_ key: Bytes, isKey: (UInt32, Bytes) -> Bool) -> UInt32? {
    let tag = KeyTable.tag(key)
    var place = Int(tag) & mask
    while slots[place].number != 0 {
      let slot = slots[place]
      if slot.tag == tag, isKey(slot.number - 1, key) { return slot.number - 1 }
      place = (place &+ 1) & mask
    }
    return nil
  }

  /// The first number with this hash, which is most likely the one with the key.
  func likely(_ tag: UInt32) -> UInt32? {
    var place = Int(tag) & mask
    while slots[place].number != 0 {
      if slots[place].tag == tag { return slots[place].number - 1 }
      place = (place &+ 1) & mask
    }
    return nil
  }

  /// Lends the address of the slot where a search for this hash begins.
  @inline(__always)
  func withSlot(_ tag: UInt32, _ body: (UnsafeRawPointer) -> Void) {
    slots.withUnsafeBufferPointer { body($0.baseAddress! + (Int(tag) & mask)) }  // Never empty.
  }

  /// Inserts a number whose key is not there.
  mutating func insert(_ number: UInt32, _ key: Bytes) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    place(Slot(tag: KeyTable.tag(key), number: number + 1))
    count += 1
  }

  /// Removes a number that is there.
  mutating func remove(_ number: UInt32, _ key: Bytes) {
    var hole = Int(KeyTable.tag(key)) & mask
    while slots[hole].number != number + 1 { hole = (hole + 1) & mask }
    var next = (hole + 1) & mask
    while slots[next].number != 0 {
      let home = Int(slots[next].tag) & mask
      // What could stand in the hole moves there: its home is not between the hole and it.
      if (next &- home) & mask >= (next &- hole) & mask {
        slots[hole] = slots[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    slots[hole] = Slot(tag: 0, number: 0)
    count -= 1
  }

  private var mask: Int { slots.count - 1 }

  static func tag(_ key: Bytes) -> UInt32 {
    var hash = KeyHash()
    hash.combine(key)
    return hash.value
  }

  private mutating func place(_ slot: Slot) {
    var place = Int(slot.tag) & mask
    while slots[place].number != 0 { place = (place &+ 1) & mask }
    slots[place] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = ContiguousArray(repeating: Slot(tag: 0, number: 0), count: old.count * 2)
    for slot in old where slot.number != 0 { place(slot) }
  }
}
