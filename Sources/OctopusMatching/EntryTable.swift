import OctopusCollections
import OctopusRecords

/// A registered query: its id, the access path that finds it, and its neighbours in a list.
struct Entry {
  var id: Int64
  var access: AccessPath
  /// Whether the access path is the whole query, so that no match needs to be verified.
  var isWhole: Bool
  /// The neighbours in the list of those found by the same predicate, in order of insertion; the
  /// last and the first are neighbours.
  var next: UInt32
  var previous: UInt32
  /// How many are in the list; kept in its first entry only.
  var listCount: UInt32
  /// Nil in a free slot, so that many are freed at once.
  fileprivate var filed: Query?
  var owner: MatchOwner?

  // Of an entry in use.
  var query: Query { @inline(__always) get { filed.unsafelyUnwrapped } }
}

/// An intrusive list of entries: the slot of its first entry, which links the others.
struct EntryList: Equatable {
  fileprivate(set) var head: UInt32

  /// The list that begins with this entry.
  init(head: UInt32 = HashIndex.none) { self.head = head }

  var isEmpty: Bool { head == HashIndex.none }
}

/// All registered queries, by slot and by id, and the lists that link them.
struct EntryTable {
  private var entries = Slab<Entry>()
  private var ids = HashIndex()

  private static var placeholder: Entry {
    Entry(
      id: 0, access: .nothing, isWhole: false, next: 0, previous: 0, listCount: 0, filed: nil)
  }

  var count: Int { ids.count }

  /// How many entries there is memory for.
  var slotCount: Int { entries.indices.count }

  subscript(slot: UInt32) -> Entry {
    @inline(__always) _read { yield entries[Int(slot)] }
    @inline(__always) _modify { yield &entries[Int(slot)] }
  }

  /// The slot of an id. Complexity: O(1) expected.
  func slot(of id: Int64) -> UInt32? { position(of: id).map { ids[$0] } }

  private func position(of id: Int64) -> Int? {
    ids.find(EntryTable.hash(id)) { entries[Int($0)].id == id }
  }

  private static func hash(_ id: Int64) -> UInt32 {
    var hash = KeyHash()
    hash.combine(UInt64(bitPattern: id))
    return hash.value
  }

  /// Adds an entry that is in no list.
  mutating func add(_ query: Query, id: Int64, _ owner: MatchOwner?) -> UInt32 {
    precondition(slot(of: id) == nil, "an id that is there already")
    var entry = EntryTable.placeholder
    (entry.id, entry.filed, entry.owner) = (id, query, owner)
    let slot = UInt32(entries.insert(entry))
    ids.insert(EntryTable.hash(id), slot)
    return slot
  }

  /// Removes an entry that is in no list any more.
  mutating func drop(_ slot: UInt32) {
    // Its id is there: `add` put it there.
    ids.remove(at: position(of: entries[Int(slot)].id)!)
    entries.remove(Int(slot), leaving: EntryTable.placeholder)
    if entries.indices.count > 1_024 { entries.trim { $0.filed == nil } }
    // To free much at once takes long.
    if ids.count == 0, entries.indices.count < 65_536 { self = EntryTable() }
  }

  // MARK: Lists

  /// Whether a condition holds for all entries of a list.
  func allSatisfy(_ list: EntryList, _ condition: (Entry) -> Bool) -> Bool {
    guard !list.isEmpty else { return true }
    var slot = list.head
    repeat {
      guard condition(self[slot]) else { return false }
      slot = self[slot].next
    } while slot != list.head
    return true
  }

  func count(_ list: EntryList) -> Int {
    list.isEmpty ? 0 : Int(entries[Int(list.head)].listCount)
  }

  /// Appends an entry to a list.
  mutating func link(_ slot: UInt32, to list: inout EntryList) {
    guard !list.isEmpty else {
      list.head = slot
      (entries[Int(slot)].next, entries[Int(slot)].previous) = (slot, slot)
      entries[Int(slot)].listCount = 1
      return
    }
    let head = list.head
    let last = entries[Int(head)].previous
    entries[Int(last)].next = slot
    entries[Int(slot)].previous = last
    entries[Int(slot)].next = head
    entries[Int(head)].previous = slot
    entries[Int(head)].listCount += 1
  }

  /// Removes an entry from its list.
  mutating func unlink(_ slot: UInt32, from list: inout EntryList) {
    let next = entries[Int(slot)].next
    guard next != slot else {
      list = EntryList()
      return
    }
    let previous = entries[Int(slot)].previous
    entries[Int(previous)].next = next
    entries[Int(next)].previous = previous
    let count = entries[Int(list.head)].listCount - 1
    if list.head == slot { list.head = next }
    entries[Int(list.head)].listCount = count
  }
}
