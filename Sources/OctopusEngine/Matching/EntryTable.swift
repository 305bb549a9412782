import OctopusRecords
import OctopusStore

/// A registered query: whose it is, by what it is found, and its neighbours in that place.
struct Entry {
  var id: Int64
  var access: Access
  /// Whether the access predicate is the whole query, so that what it finds matches.
  var isWhole: Bool
  /// A ring of those found by the same predicate, in order of insertion.
  var next: UInt32
  var previous: UInt32
  /// How many are in the ring; kept in its head only.
  var ringCount: UInt32
  var query: Query
}

/// All registered queries, by slot and by id, and the rings that link them.
///
/// A ring is known by its head's slot, `HashTable.none` for an empty one.
struct EntryTable {
  private(set) var entries: [Entry] = []
  /// The first of the unused slots, linked by `next`.
  private var unused = HashTable.none
  private var ids = HashTable()

  private static let placeholder = Query(exactName: Bytes(start: nil, count: 0))

  var count: Int { ids.count }

  /// Whether no memory is held beyond what an empty table has.
  var isPristine: Bool { entries.isEmpty && unused == HashTable.none && ids.count == 0 }

  subscript(slot: UInt32) -> Entry {
    @inline(__always) _read { yield entries[Int(slot)] }
    @inline(__always) _modify { yield &entries[Int(slot)] }
  }

  /// The slot of an id. Complexity: O(1).
  func slot(of id: Int64) -> UInt32? {
    place(of: id).map { ids[$0] }
  }

  private func place(of id: Int64) -> Int? {
    ids.find(EntryTable.hash(id)) { entries[Int($0)].id == id }
  }

  private static func hash(_ id: Int64) -> UInt32 {
    var hash = KeyHash()
    hash.combine(UInt64(bitPattern: id))
    return hash.value
  }

  /// Adds an entry in a ring of its own.
  mutating func add(_ query: Query, id: Int64) -> UInt32 {
    precondition(slot(of: id) == nil, "an id that is there already")
    let slot = unused == HashTable.none ? UInt32(entries.count) : unused
    let entry = Entry(
      id: id, access: .nothing, isWhole: false, next: slot, previous: slot, ringCount: 1,
      query: query)
    if unused == HashTable.none {
      entries.append(entry)
    } else {
      unused = entries[Int(slot)].next
      entries[Int(slot)] = entry
    }
    ids.insert(EntryTable.hash(id), slot)
    return slot
  }

  /// Forgets an entry that is in no ring any more.
  mutating func drop(_ slot: UInt32) {
    // Its id is there: `add` put it there.
    ids.remove(at: place(of: entries[Int(slot)].id)!)
    entries[Int(slot)].query = EntryTable.placeholder
    entries[Int(slot)].next = unused
    unused = slot
    if ids.count == 0 { self = EntryTable() }
  }

  /// How many are in a ring.
  func count(ring head: UInt32) -> Int {
    head == HashTable.none ? 0 : Int(entries[Int(head)].ringCount)
  }

  /// Puts an entry at the end of a ring.
  mutating func link(_ slot: UInt32, into head: inout UInt32) {
    guard head != HashTable.none else {
      head = slot
      return
    }
    let last = entries[Int(head)].previous
    entries[Int(last)].next = slot
    entries[Int(slot)].previous = last
    entries[Int(slot)].next = head
    entries[Int(head)].previous = slot
    entries[Int(head)].ringCount += 1
  }

  /// Takes an entry out of its ring.
  mutating func unlink(_ slot: UInt32, from head: inout UInt32) {
    let next = entries[Int(slot)].next
    guard next != slot else {
      head = HashTable.none
      return
    }
    let previous = entries[Int(slot)].previous
    entries[Int(previous)].next = next
    entries[Int(next)].previous = previous
    let count = entries[Int(head)].ringCount - 1
    if head == slot { head = next }
    entries[Int(head)].ringCount = count
  }
}
