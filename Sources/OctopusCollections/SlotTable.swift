#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The slots of a hash index: open addressing, linear probing, a fixed number of slots. The index
/// frees them.
///
/// The memory comes from `calloc`, so a large table takes no time to begin: the kernel provides its
/// pages when they are first used.
// With pointers for that: an array of the standard library would write every slot first.
@usableFromInline struct SlotTable {
  @usableFromInline let slots: UnsafeMutablePointer<Slot>?
  /// None, or a power of two.
  @usableFromInline let capacity: Int

  static var none: SlotTable { SlotTable() }

  init(_ slots: UnsafeMutablePointer<Slot>? = nil, capacity: Int = 0) {
    (self.slots, self.capacity) = (slots, capacity)
  }

  init(capacity: Int) {
    guard let memory = calloc(capacity, MemoryLayout<Slot>.stride) else {
      fatalError("out of memory for \(capacity) slots")
    }
    slots = memory.assumingMemoryBound(to: Slot.self)
    self.capacity = capacity
  }

  // Of the C library, as `calloc` is.
  func release() { free(slots) }

  func copy() -> SlotTable {
    guard let slots else { return .none }
    let copy = SlotTable(capacity: capacity)
    copy.slots?.update(from: slots, count: capacity)
    return copy
  }

  var isEmpty: Bool { capacity == 0 }

  @inlinable var mask: Int { @inline(__always) get { capacity &- 1 } }

  subscript(position: Int) -> Slot {
    get {
      precondition(position >= 0 && position < capacity, "no such position")
      return slots.unsafelyUnwrapped[position]
    }
    nonmutating set {
      precondition(position >= 0 && position < capacity, "no such position")
      slots.unsafelyUnwrapped[position] = newValue
    }
  }
}

// Changes: the index keeps a slot free.
extension SlotTable {
  func replace(at position: Int, with number: UInt32) {
    self[position] = Slot(hash: self[position].hash, number: number)
  }

  func insert(_ slot: Slot) {
    var position = Int(slot.hash) & mask
    while !self[position].isFree { position = (position &+ 1) & mask }
    self[position] = slot
  }

  func remove(at position: Int) {
    var hole = position
    var next = (hole &+ 1) & mask
    while !self[next].isFree {
      let home = Int(self[next].hash) & mask
      // A number may move to the hole unless its search would begin after the hole.
      if (next &- home) & mask >= (next &- hole) & mask {
        self[hole] = self[next]
        hole = next
      }
      next = (next &+ 1) & mask
    }
    self[hole] = .free
  }

  /// Frees the slot at a position, which counts on around the table, and returns what was there.
  func take(at position: Int) -> Slot {
    let slot = self[position & mask]
    if !slot.isFree { self[position & mask] = .free }
    return slot
  }

  /// The position of a free slot.
  var firstFree: Int {
    var position = 0
    while !self[position].isFree { position += 1 }
    return position
  }
}

/// Bytes of zero are a free slot.
@usableFromInline struct Slot {
  @usableFromInline let hash: UInt32
  /// The number and 1.
  @usableFromInline let stored: UInt32

  init(hash: UInt32, number: UInt32) {
    self.hash = hash
    stored = number &+ 1
  }

  static var free: Slot { Slot(hash: 0, number: HashIndex.none) }

  @inlinable var isFree: Bool { @inline(__always) get { stored == 0 } }
  /// The number that is stored, or `HashIndex.none`.
  @inlinable var number: UInt32 { @inline(__always) get { stored &- 1 } }
}
