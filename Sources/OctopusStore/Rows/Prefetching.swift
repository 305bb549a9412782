private import CPrefetch
import OctopusCollections
import OctopusRecords

// A look-up in a large store waits for memory three times: for the slot of the name's hash, for the
// row, and for the record. If the next names are known, their look-ups wait together.

extension Store {
  /// Prefetches the memory that look-ups of these names will read. Changes nothing.
  ///
  /// - Complexity: O(names), in less time than one look-up of each.
  package func prefetch(_ hashes: [NameHash]) {
    for hash in hashes { names.withSlotAddress(hash.value) { CPrefetch.prefetch($0) } }
    // Most likely the first row with the hash has the name.
    let numbers = hashes.compactMap { names.value($0.value) { _ in true } }
    for number in numbers { rows.prefetch(number) }
    for number in numbers { rows.prefetchRecord(number) }
  }
}

extension Rows {
  fileprivate func prefetch(_ row: RowID) {
    withMemory(row) { CPrefetch.prefetch($0) }
  }

  /// Prefetches the record of a row, whole if it is of ordinary size.
  fileprivate func prefetchRecord(_ row: RowID) {
    withMemory(row) { row in
      // A row begins with the reference to its record. It is read as an address, since to retain
      // the record would wait for it.
      let record = row.load(as: UnsafeRawPointer.self)
      for line in 0..<6 { CPrefetch.prefetch(record + line * 64) }
    }
  }
}
