import OctopusRecords
import OctopusStore

// The state that an earlier run has left, and the state to be stated for a later one.

extension RecordTable {
  mutating func restore(_ stored: Change.Stored) {
    put(Row(stored), over: find(stored.record))
    revision = max(revision, stored.revision)
  }

  mutating func restoreDeletion(of record: Record, at revision: Revision) {
    if let number = find(record) { remove(store[number], number) }
    self.revision = max(self.revision, revision)
  }

  mutating func restoreCounter(_ name: [UInt8], next: Int64) { store.setCounter(name, to: next) }

  mutating func advance(to revision: Revision) { self.revision = max(self.revision, revision) }

  /// The rows that sessions own, in the order of their creation.
  var ownedRows: [RowID] {
    owned.values.flatMap(\.rows).sorted { store[$0].created < store[$1].created }
  }

  func rows(from row: inout Int, most: Int, bytes: Int) -> [Row]? {
    store.rows(from: &row, most: most, bytes: bytes)
  }

  func counters(from slot: inout Int, most: Int) -> [(name: [UInt8], next: Int64)]? {
    store.counters(from: &slot, most: most)
  }
}
