/// An open-addressing hash table from hashes to 32-bit numbers of entries that are stored
/// elsewhere.
///
/// The index keeps no keys: a caller that looks up a key says which of the entries with its hash
/// has that key. So a key can be compared where it lies, and a slot takes eight bytes. Linear
/// probing; a removal shifts back the slots after it, so there are no tombstones. At most three
/// quarters of the slots are taken, at least an eighth of more than 16.
///
/// ```swift
/// index.insert(hash, 7)
/// if let position = index.find(hash, where: { names[Int($0)] == name }) {
///   index.remove(at: position)
/// }
/// ```
///
/// - Complexity: O(1) expected for each operation, amortized where it changes the index.
@usableFromInline package struct HashIndex: Sendable {
  @usableFromInline struct Slot: Sendable {
    @usableFromInline var hash: UInt32
    /// `HashIndex.none` in a free slot.
    @usableFromInline var value: UInt32

    @inlinable init(hash: UInt32, value: UInt32) {
      self.hash = hash
      self.value = value
    }
  }

  /// The one number that cannot be stored.
  @inlinable package static var none: UInt32 { .max }

  /// None, or a power of two.
  @usableFromInline var slots: ContiguousArray<Slot> = []
  /// How many numbers are stored.
  @usableFromInline package private(set) var count = 0

  @inlinable package init() {}

  /// The position of the number with this hash that `isMatch` accepts. It is valid until the index
  /// changes.
  @inlinable @inline(__always)
  package func find(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> Int? {
    guard count > 0 else { return nil }
    var position = Int(hash) & mask
    while true {
      let slot = slots[position]
      if slot.value == HashIndex.none { return nil }
      if slot.hash == hash, isMatch(slot.value) { return position }
      position = (position &+ 1) & mask
    }
  }

  /// The number with this hash that `isMatch` accepts.
  @inlinable @inline(__always)
  package func value(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> UInt32? {
    find(hash, where: isMatch).map { slots[$0].value }
  }

  /// The number at a position.
  @inlinable package subscript(position: Int) -> UInt32 {
    @inline(__always) get { slots[position].value }
    @inline(__always) set { slots[position].value = newValue }
  }

  /// Stores a number that is not stored yet.
  @usableFromInline package mutating func insert(_ hash: UInt32, _ value: UInt32) {
    precondition(value != HashIndex.none)
    if (count + 1) * 4 > slots.count * 3 { resize(to: max(slots.count * 2, 16)) }
    place(Slot(hash: hash, value: value))
    count += 1
  }

  /// Removes the number at a position.
  @usableFromInline package mutating func remove(at position: Int) {
    count -= 1
    var hole = position
    var next = (hole &+ 1) & mask
    while slots[next].value != HashIndex.none {
      let home = Int(slots[next].hash) & mask
      // An entry may move to the hole unless its search would begin after the hole.
      if (next &- home) & mask >= (next &- hole) & mask {
        slots[hole] = slots[next]
        hole = next
      }
      next = (next &+ 1) & mask
    }
    slots[hole].value = HashIndex.none
    if slots.count > 16, count * 8 < slots.count { resize(to: slots.count / 2) }
  }

  /// Lends the address of the slot where a search for this hash begins, to fetch it into the cache.
  @inlinable @inline(__always)
  package func withSlotAddress(_ hash: UInt32, _ body: (UnsafeRawPointer) -> Void) {
    slots.withUnsafeBufferPointer { slots in
      if let start = slots.baseAddress, slots.count > 0 { body(start + (Int(hash) & mask)) }
    }
  }

  @inlinable var mask: Int { @inline(__always) get { slots.count &- 1 } }

  private mutating func place(_ slot: Slot) {
    var position = Int(slot.hash) & mask
    while slots[position].value != HashIndex.none { position = (position &+ 1) & mask }
    slots[position] = slot
  }

  private mutating func resize(to capacity: Int) {
    let old = slots
    slots = ContiguousArray(repeating: Slot(hash: 0, value: HashIndex.none), count: capacity)
    for slot in old where slot.value != HashIndex.none { place(slot) }
  }
}
