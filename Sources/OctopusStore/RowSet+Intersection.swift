extension RowSet {
  /// Calls with each row that is in all of at least one set, in ascending order, until it answers
  /// false.
  ///
  /// - Complexity: for k sets O(1,024 k) words a block where all are bitmaps, else O(r log r) where an
  ///   array has r rows; and O(k log r) for each row that two of them share.
  static func forEachCommon(_ sets: [RowSet], _ body: (RowID) -> Bool) {
    // Whoever has the fewest rows in all has few of them in most blocks.
    let sets = sets.sorted { $0.count < $1.count }
    var arrays: [[UInt16]] = []
    // Of the sets, which stay as they are: to hold their bitmaps would be to count references to them.
    var bitmaps: [UnsafePointer<UInt64>] = []
    defer { withExtendedLifetime(sets) {} }
    for key in sets[0].keys {
      arrays.removeAll(keepingCapacity: true)
      bitmaps.removeAll(keepingCapacity: true)
      for place in sets.indices {
        guard let block = sets[place].find(key) else { break }
        switch sets[place].blocks[block] {
        case .array(let rows): arrays.append(rows)
        case .bitmap(let bitmap): bitmaps.append(bitmap.words)
        }
      }
      guard arrays.count + bitmaps.count == sets.count else { continue }
      func row(_ member: UInt16) -> Bool { body(RowID(key) << 16 | RowID(member)) }
      let goesOn =
        arrays.isEmpty
        ? Bitmap.forEachCommon(bitmaps, row)
        : forEachCommon(arrays) { member in
          bitmaps.allSatisfy { Bitmap.contains(member, in: $0) } ? row(member) : true
        }
      guard goesOn else { return }
    }
  }

  /// Calls with each member of all of at least one sorted array, in ascending order; false if `body`
  /// stopped it.
  private static func forEachCommon(_ arrays: [[UInt16]], _ body: (UInt16) -> Bool) -> Bool {
    let first = arrays[0]
    let second = arrays[min(1, arrays.count - 1)]
    var (place, other) = (0, 0)
    while place < first.count, other < second.count {
      let (member, next) = (first[place], second[other])
      if member == next, arrays.dropFirst(2).allSatisfy({ $0.containsSorted(member) }) {
        guard body(member) else { return false }
      }
      // Both are short: to take turns without a branch beats looking ahead.
      place &+= member <= next ? 1 : 0
      other &+= next <= member ? 1 : 0
    }
    return true
  }
}
