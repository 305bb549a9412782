import OctopusRecords

/// Queries by equality: from a name, or an attribute's value, to the ring of those that ask for it.
struct PointTable {
  private var table = HashTable()
  private var names = 0

  /// How many different points are asked for.
  var count: Int { table.count }
  var hasNames: Bool { names > 0 }

  /// The ring of those that ask for a point.
  func ring(_ point: Point, _ entries: EntryTable) -> UInt32 {
    find(point, point.hash, entries).map { table[$0] } ?? HashTable.none
  }

  private func find(_ point: Point, _ hash: UInt32, _ entries: EntryTable) -> Int? {
    table.find(hash) { head in
      guard case .point(let other) = entries[head].access else { return false }
      return other == point
    }
  }

  /// Files an entry under a point, which is its access predicate already.
  mutating func insert(_ slot: UInt32, _ point: Point, _ entries: inout EntryTable) {
    let hash = point.hash
    if let place = find(point, hash, entries) {
      entries.link(slot, into: &table[place])
    } else {
      table.insert(hash, slot)
      if point.kind == .name { names += 1 }
    }
  }

  mutating func remove(_ slot: UInt32, _ point: Point, _ entries: inout EntryTable) {
    // It is there: `insert` put it there.
    let place = find(point, point.hash, entries)!
    entries.unlink(slot, from: &table[place])
    if table[place] == HashTable.none {
      table.remove(at: place)
      if point.kind == .name { names -= 1 }
    }
  }
}
