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
@usableFromInline package struct HashIndex: Sendable {
  /// The one number that cannot be stored.
  @inlinable package static var none: UInt32 { .max }

  @usableFromInline var table = SlotTable()
  /// The slots that are still to be moved to `table`; mostly none.
  @usableFromInline var old = SlotTable()
  /// Where the slots begin that are not moved yet, all around the old table to `end`.
  private var (next, end) = (0, 0)
  /// How many numbers are stored.
  @usableFromInline package private(set) var count = 0

  @inlinable package init() {}

  /// The position of the number with this hash that `isMatch` accepts. It is valid until the index
  /// changes.
  @inlinable @inline(__always)
  package func find(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> Int? {
    if count == 0 { return nil }
    if let position = table.find(hash, where: isMatch) { return position }
    if old.isEmpty { return nil }
    return old.find(hash, where: isMatch).map { $0 + table.capacity }
  }

  /// The number with this hash that `isMatch` accepts.
  @inlinable @inline(__always)
  package func value(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> UInt32? {
    find(hash, where: isMatch).map { self[$0] }
  }

  /// The number at a position.
  @inlinable package subscript(position: Int) -> UInt32 {
    @inline(__always) get {
      position < table.capacity ? table[position].number : old[position - table.capacity].number
    }
    set {
      if position < table.capacity {
        table.replace(at: position, with: newValue)
      } else {
        old.replace(at: position - table.capacity, with: newValue)
      }
    }
  }

  /// Stores a number that is not stored yet.
  @usableFromInline package mutating func insert(_ hash: UInt32, _ value: UInt32) {
    precondition(value != HashIndex.none)
    if !old.isEmpty { moveSome() }
    if (count + 1) * 4 > table.capacity * 3 { resize(to: max(table.capacity * 2, 16)) }
    table.insert(Slot(hash: hash, number: value))
    count += 1
  }

  /// Removes the number at a position.
  @usableFromInline package mutating func remove(at position: Int) {
    count -= 1
    if position < table.capacity {
      table.remove(at: position)
    } else {
      old.remove(at: position - table.capacity)
    }
    if !old.isEmpty {
      moveSome()
    } else if table.capacity > 16, count * 8 < table.capacity {
      resize(to: table.capacity / 2)
    }
  }

  /// Lends the address of the slot where a search for this hash begins, to fetch it into the cache.
  @inlinable @inline(__always)
  package func withSlotAddress(_ hash: UInt32, _ body: (UnsafeRawPointer) -> Void) {
    table.withSlotAddress(hash, body)
  }

  // MARK: Resizing

  /// How many slots are moved with each change, and how many at once.
  private static let few = 16
  private static let atOnce = 4_096

  private mutating func resize(to capacity: Int) {
    if !old.isEmpty { move(.max) }
    swap(&old, &table)
    table = SlotTable(capacity: capacity)
    guard !old.isEmpty else { return }
    // A search in the old table ends at a free slot, and does so still if whole runs of taken slots
    // are moved: so moving begins behind a free slot.
    next = old.firstFree + 1
    end = next + old.capacity
    if old.capacity <= Self.atOnce { move(.max) }
  }

  private mutating func moveSome() { move(Self.few) }

  /// Moves the numbers of about `most` slots.
  @inline(never)
  private mutating func move(_ most: Int) {
    let stop = most < end - next ? next + most : end
    while next < end {
      let slot = old.take(at: next)
      next += 1
      if !slot.isFree { table.insert(slot) } else if next >= stop { return }
    }
    old = SlotTable()
  }
}
