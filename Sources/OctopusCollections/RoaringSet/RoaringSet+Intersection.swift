extension RoaringSet {
  /// Calls with each member of all of at least one set, in ascending order, until it returns false.
  ///
  /// - Complexity: for k sets O(1,024 k) words a block where all are bitmaps, else O(r log r) where
  ///   an array has r members; and O(k log r) for each number that two of them share.
  package static func forEachCommon(_ sets: [RoaringSet], _ body: (UInt32) -> Bool) {
    // The set with the fewest members has few of them in most blocks.
    let sets = sets.sorted { $0.count < $1.count }
    var arrays: [[UInt16]] = []
    // Addresses of bitmaps that `sets` keeps: to copy the bitmaps would count references.
    var bitmaps: [UnsafePointer<UInt64>] = []
    defer { withExtendedLifetime(sets) {} }
    for key in sets[0].keys {
      arrays.removeAll(keepingCapacity: true)
      bitmaps.removeAll(keepingCapacity: true)
      for set in sets.indices {
        guard let block = sets[set].blockIndex(of: key) else { break }
        switch sets[set].blocks[block] {
        case .array(let members): arrays.append(members)
        case .bitmap(let bitmap): bitmaps.append(bitmap.words)
        }
      }
      guard arrays.count + bitmaps.count == sets.count else { continue }
      func report(_ member: UInt16) -> Bool { body(UInt32(key) << 16 | UInt32(member)) }
      let goesOn =
        arrays.isEmpty
        ? Bitmap.forEachCommon(bitmaps, report)
        : forEachCommon(arrays) { member in
          bitmaps.allSatisfy { Bitmap.contains(member, in: $0) } ? report(member) : true
        }
      guard goesOn else { return }
    }
  }

  /// Calls with each member of all of at least one sorted array, in ascending order; false if
  /// `body` stopped it.
  private static func forEachCommon(_ arrays: [[UInt16]], _ body: (UInt16) -> Bool) -> Bool {
    let first = arrays[0]
    let second = arrays[min(1, arrays.count - 1)]
    var (i, j) = (0, 0)
    while i < first.count, j < second.count {
      let (member, other) = (first[i], second[j])
      if member == other, arrays.dropFirst(2).allSatisfy({ $0.containsSorted(member) }) {
        guard body(member) else { return false }
      }
      // Both are short: to advance without a branch is faster than to look ahead.
      i &+= member <= other ? 1 : 0
      j &+= other <= member ? 1 : 0
    }
    return true
  }
}
