/// An open-addressing hash table from hashes to 32-bit numbers of entries that are stored
/// elsewhere.
///
/// The index keeps no keys: a caller that looks up a key says which of the entries with its hash
/// has that key. So a key can be compared where it lies, and a slot takes eight bytes. Linear
/// probing; a removal shifts back the slots after it, so there are no tombstones. At most three
/// quarters of the slots are taken, at least an eighth of more than 16.
///
/// A large table is not resized at once: each change moves a few slots from the old to the new one,
/// as in Redis.
///
/// ```swift
/// index.insert(hash, 7)
/// if let position = index.find(hash, where: { names[Int($0)] == name }) {
///   index.remove(at: position)
/// }
/// ```
///
/// - Complexity: O(1) expected for each operation.
@usableFromInline package struct HashIndex {
  /// The one number that cannot be stored.
  @inlinable package static var none: UInt32 { .max }

  // Small, since what contains an index may be copied to be read.
  /// The slots of the table in `tables`.
  @usableFromInline var slots: UnsafeMutablePointer<Slot>?
  /// One less than their number, which is a power of two.
  @usableFromInline var mask: UInt32 = 0
  @usableFromInline var stored: UInt32 = 0
  @usableFromInline var tables: Tables?

  /// The memory of an index, which ends with its last copy.
  @usableFromInline final class Tables {
    fileprivate var table: SlotTable
    /// The table whose slots are still to be moved to the other; mostly none.
    @usableFromInline var old = SlotTable.none
    /// Where the slots begin that are not moved yet, all around the old table to `end`.
    fileprivate var (next, end) = (0, 0)

    init(_ table: SlotTable) { self.table = table }

    deinit {
      table.release()
      old.release()
    }
  }

  @inlinable package init() {}

  /// How many numbers are stored.
  @inlinable package var count: Int { Int(stored) }

  /// The position of the number with this hash that `isMatch` accepts. It is valid until the index
  /// changes.
  @inlinable @inline(__always)
  package func find(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> Int? {
    search(hash, where: isMatch)?.position
  }

  /// The number with this hash that `isMatch` accepts.
  @inlinable @inline(__always)
  package func value(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> UInt32? {
    search(hash, where: isMatch)?.number
  }

  @inlinable @inline(__always)
  func search(
    _ hash: UInt32, where isMatch: (UInt32) -> Bool
  ) -> (position: Int, number: UInt32)? {
    guard var slots else { return nil }
    defer { extendLifetime(tables) }
    var (mask, first) = (Int(mask), 0)
    var position = Int(hash) & mask
    while true {
      let slot = slots[position]
      if slot.isFree {
        // There are tables if there are slots.
        let old = tables.unsafelyUnwrapped.old
        guard first == 0, let oldSlots = old.slots else { return nil }
        first = mask &+ 1
        (slots, mask) = (oldSlots, old.mask)
        position = Int(hash) & mask
        continue
      }
      if slot.hash == hash, isMatch(slot.number) { return (first &+ position, slot.number) }
      position = (position &+ 1) & mask
    }
  }

  /// The number at a position.
  @inlinable package subscript(position: Int) -> UInt32 {
    @inline(__always) get {
      guard position <= Int(mask), let slots else { return numberInOldTable(at: position) }
      precondition(position >= 0, "no such position")
      defer { extendLifetime(tables) }
      return slots[position].number
    }
    set { replace(at: position, with: newValue) }
  }

  @usableFromInline @inline(never)
  func numberInOldTable(at position: Int) -> UInt32 {
    guard let tables else { preconditionFailure("no such position") }
    return tables.old[position - capacity].number
  }

  @usableFromInline mutating func replace(at position: Int, with number: UInt32) {
    makeUnique()
    if position < capacity {
      table.replace(at: position, with: number)
    } else {
      old.replace(at: position - capacity, with: number)
    }
  }

  /// Stores a number that is not stored yet.
  @usableFromInline package mutating func insert(_ hash: UInt32, _ value: UInt32) {
    precondition(value != HashIndex.none)
    makeUnique()
    if isMoving { move(Self.few) }
    if (count + 1) * 4 > capacity * 3 { resize(to: max(capacity * 2, 16)) }
    table.insert(Slot(hash: hash, number: value))
    stored += 1
  }

  /// Removes the number at a position.
  @usableFromInline package mutating func remove(at position: Int) {
    makeUnique()
    stored -= 1
    if position < capacity {
      table.remove(at: position)
    } else {
      old.remove(at: position - capacity)
    }
    if isMoving {
      move(Self.few)
    } else if capacity > 16, count * 8 < capacity {
      resize(to: capacity / 2)
    }
  }

  /// Lends the address of the slot where a search for this hash begins, to fetch it into the cache.
  @inlinable @inline(__always)
  package func withSlotAddress(_ hash: UInt32, _ body: (UnsafeRawPointer) -> Void) {
    defer { extendLifetime(tables) }
    if let slots { body(slots + (Int(hash) & Int(mask))) }
  }
}

// Resizing.
extension HashIndex {
  var capacity: Int { slots == nil ? 0 : Int(mask) + 1 }

  private var table: SlotTable { SlotTable(slots, capacity: capacity) }

  private var old: SlotTable { tables?.old ?? .none }

  /// Whether slots of an old table are still to be moved.
  var isMoving: Bool { !old.isEmpty }

  /// How many slots are moved with each change, and how many at once.
  private static let few = 16
  private static let atOnce = 4_096

  private mutating func resize(to capacity: Int) {
    if isMoving { move(.max) }
    let new = SlotTable(capacity: capacity)
    defer { (slots, mask) = (new.slots, UInt32(capacity - 1)) }
    guard let tables else {
      tables = Tables(new)
      return
    }
    (tables.old, tables.table) = (tables.table, new)
    // A search in the old table ends at a free slot, and does so still if whole runs of taken slots
    // are moved: so moving begins behind a free slot.
    tables.next = tables.old.firstFree + 1
    tables.end = tables.next + tables.old.capacity
    if tables.old.capacity <= Self.atOnce { move(.max) }
  }

  /// Moves the numbers of about `most` slots.
  @inline(never)
  private func move(_ most: Int) {
    guard let tables else { return }
    let stop = most < tables.end - tables.next ? tables.next + most : tables.end
    while tables.next < tables.end {
      let slot = tables.old.take(at: tables.next)
      tables.next += 1
      if !slot.isFree {
        tables.table.insert(slot)
      } else if tables.next >= stop {
        return
      }
    }
    tables.old.release()
    tables.old = .none
  }

  /// Sees to it that no copy of the index shares its tables.
  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&tables) { copyTables() }
  }

  @inline(never)
  private mutating func copyTables() {
    guard let shared = tables else { return }
    let copy = Tables(shared.table.copy())
    copy.old = shared.old.copy()
    (copy.next, copy.end) = (shared.next, shared.end)
    slots = copy.table.slots
    tables = copy
  }
}

// A copy shares no memory that one of the two changes.
extension HashIndex: @unchecked Sendable {}
