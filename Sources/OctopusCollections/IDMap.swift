/// A dictionary whose keys are ids above 0 that were assigned one after the other, as those of
/// sessions and subscriptions are.
///
/// The hash is one multiplication (Fibonacci hashing, after Knuth): no client chooses ids, so none
/// can make them collide.
///
/// - Complexity: O(1) expected for each operation, amortized where it changes the map.
// Inlinable as far as it is read: generic code is slow to call where its type is not known.
@usableFromInline package struct IDMap<Value> {
  @usableFromInline struct Entry {
    /// 0 in a free slot.
    @usableFromInline var id: Int64
    @usableFromInline var value: Value?

    @inlinable init(id: Int64, value: Value?) {
      self.id = id
      self.value = value
    }
  }

  @usableFromInline var index = HashIndex()
  @usableFromInline var entries = Slab<Entry>()

  @inlinable package init() {}

  @inlinable package var count: Int { index.count }
  @inlinable package var isEmpty: Bool { index.count == 0 }

  /// The values, in no particular order.
  @inlinable package var values: some Sequence<Value> {
    let entries = entries
    return entries.indices.lazy.compactMap { entries[$0].value }
  }

  /// The ids, in no particular order.
  @inlinable package var ids: some Sequence<Int64> {
    let entries = entries
    return entries.indices.lazy.map { entries[$0].id }.filter { $0 > 0 }
  }

  /// How many entries there is memory for.
  @inlinable package var slotCount: Int { entries.indices.count }

  /// The next id below a slot, in no particular order, with its value. The slot moves down to it.
  /// The caller begins with `Int.max`, and may remove ids meanwhile.
  ///
  /// - Complexity: O(slots down to it).
  @inlinable package func next(below slot: inout Int) -> (id: Int64, value: Value)? {
    slot = min(slot, entries.indices.count)
    while slot > 0 {
      slot -= 1
      if let value = entries[slot].value { return (entries[slot].id, value) }
    }
    return nil
  }

  /// The value of an id.
  @inlinable package subscript(id: Int64) -> Value? {
    // Not a call: the map would be copied for it.
    @inline(__always) get { number(of: id).flatMap { entries[Int($0)].value } }
    set {
      if let newValue { insert(newValue, id) } else { removeValue(forKey: id) }
    }
  }

  @inlinable @inline(__always)
  package func contains(_ id: Int64) -> Bool { number(of: id) != nil }

  /// Removes an id and returns its value, if it is there.
  @discardableResult
  @inlinable package mutating func removeValue(forKey id: Int64) -> Value? {
    guard let position = position(of: id) else { return nil }
    let number = Int(index[position])
    let value = entries[number].value
    index.remove(at: position)
    entries.remove(number, leaving: Entry(id: 0, value: nil))
    if entries.indices.count > 1_024 { entries.trim { $0.value == nil } }
    // Little memory is kept for the next. To free much at once takes long.
    if index.count == 0, (9..<65_536).contains(entries.indices.count) { removeAll() }
    return value
  }

  @inlinable package mutating func removeAll() { self = IDMap() }

  @inlinable mutating func insert(_ value: Value, _ id: Int64) {
    precondition(id > 0, "an id is above 0")
    if let number = number(of: id) {
      entries[Int(number)].value = value
    } else {
      let number = entries.insert(Entry(id: id, value: value))
      index.insert(hash(of: id), UInt32(truncatingIfNeeded: number))
    }
  }

  @inlinable @inline(__always)
  func hash(of id: Int64) -> UInt32 {
    UInt32(truncatingIfNeeded: (UInt64(bitPattern: id) &* 0x9e37_79b9_7f4a_7c15) >> 32)
  }

  @inlinable @inline(__always)
  func number(of id: Int64) -> UInt32? {
    index.value(hash(of: id)) { entries[Int($0)].id == id }
  }

  @inlinable @inline(__always)
  func position(of id: Int64) -> Int? {
    index.find(hash(of: id)) { entries[Int($0)].id == id }
  }
}

extension IDMap: Sendable where Value: Sendable {}
extension IDMap.Entry: Sendable where Value: Sendable {}
