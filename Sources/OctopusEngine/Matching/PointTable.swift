import OctopusRecords

/// Queries by equality: from a name, or an attribute's value, to the ring of those that ask for it.
struct PointTable {
  private var table = HashTable()
  private var names = 0

  /// How many different points are asked for.
  var count: Int { table.count }
  var hasNames: Bool { names > 0 }
  var hasValues: Bool { names < table.count }

  /// The ring of those that ask for a name.
  func ring(name: Bytes, _ entries: EntryTable) -> UInt32 {
    let hash = Point.hash(.name, attribute: HashTable.none, name)
    return ring(place(hash, .name, HashTable.none, name, entries))
  }

  /// The ring of those that ask for this value of an attribute.
  func ring(attribute: UInt32, _ value: ValueView, _ entries: EntryTable) -> UInt32 {
    switch value {
    case .integer(let integer):
      return ring(Point(attribute: attribute, integer: integer), entries)
    case .float(let float): return ring(Point(attribute: attribute, float: float), entries)
    case .boolean(let boolean): return ring(Point(attribute: attribute, boolean: boolean), entries)
    case .string(let text), .symbol(let text):
      let hash = Point.hash(.text, attribute: attribute, text)
      return ring(place(hash, .text, attribute, text, entries))
    }
  }

  private func ring(_ point: Point, _ entries: EntryTable) -> UInt32 {
    ring(place(point.hash, point, entries))
  }

  private func ring(_ place: Int?) -> UInt32 { place.map { table[$0] } ?? HashTable.none }

  private func place(_ hash: UInt32, _ point: Point, _ entries: EntryTable) -> Int? {
    table.find(hash) { head in
      guard case .point(let other) = entries[head].access else { return false }
      return other == point
    }
  }

  private func place(
    _ hash: UInt32, _ kind: Point.Kind, _ attribute: UInt32, _ text: Bytes,
    _ entries: EntryTable
  ) -> Int? {
    table.find(hash) { head in
      guard case .point(let other) = entries[head].access, other.kind == kind,
        other.attribute == attribute, Int(other.slice.count) == text.count
      else { return false }
      return entries[head].query.clause.arena.withUnsafeBufferPointer {
        compareBytes(other.slice.bytes($0), text) == 0
      }
    }
  }

  /// Files an entry under a point, which is its access predicate already.
  mutating func insert(_ slot: UInt32, _ point: Point, _ entries: inout EntryTable) {
    let (hash, place) = locate(point, of: slot, entries)
    if let place {
      entries.link(slot, into: &table[place])
    } else {
      table.insert(hash, slot)
      if point.kind == .name { names += 1 }
    }
  }

  mutating func remove(_ slot: UInt32, _ point: Point, _ entries: inout EntryTable) {
    // It is there: `insert` put it there.
    let place = locate(point, of: slot, entries).place!
    entries.unlink(slot, from: &table[place])
    if table[place] == HashTable.none {
      table.remove(at: place)
      if point.kind == .name { names -= 1 }
    }
  }

  private func locate(
    _ point: Point, of slot: UInt32, _ entries: EntryTable
  ) -> (hash: UInt32, place: Int?) {
    guard point.kind == .name || point.kind == .text else {
      return (point.hash, place(point.hash, point, entries))
    }
    return entries[slot].query.clause.arena.withUnsafeBufferPointer { arena in
      let text = point.slice.bytes(arena)
      let hash = Point.hash(point.kind, attribute: point.attribute, text)
      return (hash, place(hash, point.kind, point.attribute, text, entries))
    }
  }
}
