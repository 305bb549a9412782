private import CPrefetch
import OctopusRecords

// A look-up in a large store waits for memory three times: for the slot of the name's hash, for the row,
// for the record. Where it is known which names come next, their look-ups wait together.

/// What finds a name, if it is there.
package struct NameHash: Sendable {
  fileprivate let tag: UInt32

  package init(_ name: Bytes) { tag = KeyTable.tag(name) }
}

extension Store {
  /// Has the memory fetched that look-ups of these names will read. Changes nothing.
  ///
  /// - Complexity: O(names), in less time than one look-up of each.
  package func prefetch(_ hashes: [NameHash]) {
    for hash in hashes { names.prefetchSlot(hash.tag) }
    let numbers = hashes.compactMap { names.likely($0.tag) }
    for number in numbers { rows.prefetch(number) }
    for number in numbers { rows.prefetchRecord(number) }
  }
}

extension KeyTable {
  fileprivate func prefetchSlot(_ tag: UInt32) {
    withSlot(tag) { CPrefetch.prefetch($0) }
  }
}

extension Rows {
  fileprivate func prefetch(_ row: RowID) {
    withMemory(row) { CPrefetch.prefetch($0) }
  }

  /// Its record, whole if it is of ordinary size.
  fileprivate func prefetchRecord(_ row: RowID) {
    withMemory(row) { row in
      // A row begins with the reference to its record, which is read as an address: to take hold of the
      // record would be to wait for it.
      let record = row.load(as: UnsafeRawPointer.self)
      for line in 0..<6 { CPrefetch.prefetch(record + line * 64) }
    }
  }
}
