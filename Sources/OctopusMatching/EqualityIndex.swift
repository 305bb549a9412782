import OctopusCollections
import OctopusRecords

/// Queries by equality: a hash index from a name, or an attribute's value, to the queries for it.
struct EqualityIndex {
  /// The heads of the lists, whose entries have the keys.
  private var heads = HashIndex()
  private var names = 0

  /// How many different keys there are.
  var count: Int { heads.count }
  var hasNames: Bool { names > 0 }

  /// The queries for a key.
  func queries(_ key: EqualityKey, _ entries: EntryTable) -> EntryList {
    find(key, key.hash, entries).map { EntryList(head: heads[$0]) } ?? EntryList()
  }

  private func find(_ key: EqualityKey, _ hash: UInt32, _ entries: EntryTable) -> Int? {
    heads.find(hash) { head in
      guard case .equality(let other) = entries[head].access else { return false }
      return other == key
    }
  }

  /// Files an entry under a key, which is its access predicate already.
  mutating func insert(_ slot: UInt32, _ key: EqualityKey, _ entries: inout EntryTable) {
    let hash = key.hash
    let position = find(key, hash, entries)
    var list = position.map { EntryList(head: heads[$0]) } ?? EntryList()
    entries.link(slot, to: &list)
    guard position == nil else { return }
    heads.insert(hash, slot)
    if key.kind == .name { names += 1 }
  }

  mutating func remove(_ slot: UInt32, _ key: EqualityKey, _ entries: inout EntryTable) {
    // It is there: `insert` put it there.
    let position = find(key, key.hash, entries)!
    var list = EntryList(head: heads[position])
    entries.unlink(slot, from: &list)
    if list.isEmpty {
      heads.remove(at: position)
      if key.kind == .name { names -= 1 }
    } else {
      heads[position] = list.head
    }
  }
}
