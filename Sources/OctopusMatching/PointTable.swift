import OctopusCollections
import OctopusRecords

/// Queries by equality: from a name, or an attribute's value, to the queries that ask for it.
struct PointTable {
  /// The heads of the lists: what they ask for is in their first entries.
  private var heads = HashIndex()
  private var names = 0

  /// How many different points are asked for.
  var count: Int { heads.count }
  var hasNames: Bool { names > 0 }

  /// The queries that ask for a point.
  func queries(_ point: Point, _ entries: EntryTable) -> EntryList {
    find(point, point.hash, entries).map { EntryList(head: heads[$0]) } ?? EntryList()
  }

  private func find(_ point: Point, _ hash: UInt32, _ entries: EntryTable) -> Int? {
    heads.find(hash) { head in
      guard case .point(let other) = entries[head].access else { return false }
      return other == point
    }
  }

  /// Files an entry under a point, which is its access predicate already.
  mutating func insert(_ slot: UInt32, _ point: Point, _ entries: inout EntryTable) {
    let hash = point.hash
    let position = find(point, hash, entries)
    var list = position.map { EntryList(head: heads[$0]) } ?? EntryList()
    entries.link(slot, to: &list)
    guard position == nil else { return }
    heads.insert(hash, slot)
    if point.kind == .name { names += 1 }
  }

  mutating func remove(_ slot: UInt32, _ point: Point, _ entries: inout EntryTable) {
    // It is there: `insert` put it there.
    let position = find(point, point.hash, entries)!
    var list = EntryList(head: heads[position])
    entries.unlink(slot, from: &list)
    if list.isEmpty {
      heads.remove(at: position)
      if point.kind == .name { names -= 1 }
    } else {
      heads[position] = list.head
    }
  }
}
