#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The slots of a hash index: open addressing, linear probing, a fixed number of slots.
///
/// The memory comes from `calloc`, so a large table takes no time to begin: the kernel provides its
/// pages when they are first used.
// With pointers for that: an array of the standard library would write every slot first.
@usableFromInline struct SlotTable {
  /// Frees the slots with the last copy of the table.
  @usableFromInline final class Owner {
    let slots: UnsafeMutablePointer<Slot>

    init(_ slots: UnsafeMutablePointer<Slot>) { self.slots = slots }

    deinit { free(slots) }
  }

  /// None, or a power of two.
  @usableFromInline var capacity = 0
  /// The owner's.
  @usableFromInline var slots: UnsafeMutablePointer<Slot>?
  @usableFromInline var owner: Owner?

  @inlinable init() {}

  init(capacity: Int) {
    self.capacity = capacity
    guard let memory = calloc(capacity, MemoryLayout<Slot>.stride) else {
      fatalError("out of memory for \(capacity) slots")
    }
    let slots = memory.assumingMemoryBound(to: Slot.self)
    (self.slots, owner) = (slots, Owner(slots))
  }

  @inlinable var isEmpty: Bool { @inline(__always) get { capacity == 0 } }

  @inlinable var mask: Int { @inline(__always) get { capacity &- 1 } }

  @inlinable subscript(position: Int) -> Slot {
    @inline(__always) get {
      precondition(UInt(bitPattern: position) < UInt(bitPattern: capacity), "no such position")
      defer { extendLifetime(owner) }
      return slots.unsafelyUnwrapped[position]
    }
  }

  /// The position of the number with this hash that `isMatch` accepts, in a table with a free slot.
  @inlinable @inline(__always)
  func find(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> Int? {
    defer { extendLifetime(owner) }
    var position = Int(hash) & mask
    while true {
      let slot = slots.unsafelyUnwrapped[position]
      if slot.isFree { return nil }
      if slot.hash == hash, isMatch(slot.number) { return position }
      position = (position &+ 1) & mask
    }
  }

  @inlinable @inline(__always)
  func withSlotAddress(_ hash: UInt32, _ body: (UnsafeRawPointer) -> Void) {
    defer { extendLifetime(owner) }
    if let slots, capacity > 0 { body(slots + (Int(hash) & mask)) }
  }
}

// Changes: the caller keeps a slot free.
extension SlotTable {
  @usableFromInline mutating func replace(at position: Int, with number: UInt32) {
    self[at: position] = Slot(hash: self[position].hash, number: number)
  }

  mutating func insert(_ slot: Slot) {
    var position = Int(slot.hash) & mask
    while !self[position].isFree { position = (position &+ 1) & mask }
    self[at: position] = slot
  }

  mutating func remove(at position: Int) {
    var hole = position
    var next = (hole &+ 1) & mask
    while !self[next].isFree {
      let home = Int(self[next].hash) & mask
      // A number may move to the hole unless its search would begin after the hole.
      if (next &- home) & mask >= (next &- hole) & mask {
        self[at: hole] = self[next]
        hole = next
      }
      next = (next &+ 1) & mask
    }
    self[at: hole] = .free
  }

  /// Frees the slot at a position, which counts on around the table, and returns what was there.
  mutating func take(at position: Int) -> Slot {
    let slot = self[position & mask]
    if !slot.isFree { self[at: position & mask] = .free }
    return slot
  }

  /// The position of a free slot.
  var firstFree: Int {
    var position = 0
    while !self[position].isFree { position += 1 }
    return position
  }

  private subscript(at position: Int) -> Slot {
    get { self[position] }
    set {
      precondition(position < capacity)
      if !isKnownUniquelyReferenced(&owner) { copy() }
      slots.unsafelyUnwrapped[position] = newValue
    }
  }

  @inline(never)
  private mutating func copy() {
    let copy = SlotTable(capacity: capacity)
    if let slots { copy.slots?.update(from: slots, count: capacity) }
    self = copy
  }
}

/// Bytes of zero are a free slot.
@usableFromInline struct Slot {
  @usableFromInline let hash: UInt32
  /// The number and 1.
  @usableFromInline let stored: UInt32

  @usableFromInline init(hash: UInt32, number: UInt32) {
    self.hash = hash
    stored = number &+ 1
  }

  static var free: Slot { Slot(hash: 0, number: HashIndex.none) }

  @inlinable var isFree: Bool { @inline(__always) get { stored == 0 } }
  /// The number that is stored, or `HashIndex.none`.
  @inlinable var number: UInt32 { @inline(__always) get { stored &- 1 } }
}

// A copy shares no memory that one of the two changes.
extension SlotTable: @unchecked Sendable {}
