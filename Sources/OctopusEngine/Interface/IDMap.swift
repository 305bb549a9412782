/// Values by ids that were given one after the other, as sessions and subscriptions are.
///
/// Open addressing with linear probing. The hash is one multiplication: nobody chooses ids, so nobody
/// can aim them at one place.
///
/// - Complexity: O(1) expected for each id.
// Inlinable as far as it is read: what is generic is slow to call where its type is not known.
@usableFromInline package struct IDMap<Value> {
  @usableFromInline var ids: ContiguousArray<Int64> = []
  @usableFromInline var entries: ContiguousArray<Value?> = []
  @usableFromInline package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  /// In no order that means anything.
  package var values: some Sequence<Value> { entries.lazy.compactMap { $0 } }

  /// The value of an id, which is above 0.
  @inlinable package subscript(id: Int64) -> Value? {
    get {
      guard count > 0 else { return nil }
      let place = place(of: id)
      return ids[place] == id ? entries[place] : nil
    }
    set {
      if let newValue { insert(newValue, id) } else { remove(id) }
    }
  }

  /// False for 0, which marks the free places.
  @inlinable package func contains(_ id: Int64) -> Bool {
    count > 0 && id != 0 && ids[place(of: id)] == id
  }

  @discardableResult
  package mutating func removeValue(forKey id: Int64) -> Value? {
    guard contains(id) else { return nil }
    let place = place(of: id)
    let value = entries[place].take()
    vacate(place)
    return value
  }

  package mutating func removeAll() { self = IDMap() }

  @inlinable var mask: Int { ids.count &- 1 }

  /// Fibonacci hashing, after Knuth.
  @inlinable @inline(__always)
  func home(of id: Int64) -> Int {
    Int(truncatingIfNeeded: (UInt64(bitPattern: id) &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
  }

  /// Where an id is, or the free place where it would be.
  @inlinable @inline(__always)
  func place(of id: Int64) -> Int {
    var place = home(of: id)
    while ids[place] != id, ids[place] != 0 { place = (place &+ 1) & mask }
    return place
  }

  @usableFromInline mutating func insert(_ value: Value, _ id: Int64) {
    precondition(id > 0, "an id is above 0")
    if (count + 1) * 2 > ids.count { grow() }
    let place = place(of: id)
    if ids[place] == 0 { count += 1 }
    ids[place] = id
    entries[place] = value
  }

  @usableFromInline mutating func remove(_ id: Int64) {
    if contains(id) { vacate(place(of: id)) }
  }

  private mutating func vacate(_ place: Int) {
    var gap = place
    var next = (gap + 1) & mask
    while ids[next] != 0 {
      let home = home(of: ids[next])
      // What could stand in the gap moves there: its home is not between the gap and it.
      if (next &- home) & mask >= (next &- gap) & mask {
        ids[gap] = ids[next]
        entries.swapAt(gap, next)
        gap = next
      }
      next = (next + 1) & mask
    }
    ids[gap] = 0
    entries[gap] = nil
    count -= 1
    // Little memory is kept for the next.
    if count == 0, ids.count > 8 { removeAll() }
  }

  private mutating func grow() {
    var larger = IDMap()
    larger.ids = ContiguousArray(repeating: 0, count: max(8, ids.count * 2))
    larger.entries = ContiguousArray(repeating: nil, count: larger.ids.count)
    for (id, value) in zip(ids, entries) {
      if let value { larger.insert(value, id) }
    }
    self = larger
  }
}

extension IDMap: Sendable where Value: Sendable {}
