extension RowSet {
  /// Calls with each row that is in all the sets, in ascending order, until it answers false.
  ///
  /// - Complexity: O(1,024 words + common rows) a block where all are bitmaps; else O(k · r log r)
  ///   for k sets whose smallest array has r rows.
  static func forEachCommon(_ sets: [RowSet], _ body: (RowID) -> Bool) {
    guard let smallest = sets.indices.min(by: { sets[$0].keys.count < sets[$1].keys.count }) else {
      return
    }
    for key in sets[smallest].keys {
      var blocks: [Block] = []
      for set in sets {
        guard let block = set.block(key) else { break }
        blocks.append(block)
      }
      guard blocks.count == sets.count else { continue }
      let goesOn = Block.forEachCommon(&blocks) { body(RowID(key) << 16 | RowID($0)) }
      guard goesOn else { return }
    }
  }
}

extension RowSet.Block {
  /// Calls with each member of all blocks in ascending order; false if `body` stopped it.
  fileprivate static func forEachCommon(
    _ blocks: inout [RowSet.Block], _ body: (UInt16) -> Bool
  ) -> Bool {
    blocks.sort { $0.count < $1.count }
    let bitmaps = blocks.compactMap { if case .bitmap(let bitmap) = $0 { bitmap } else { nil } }
    if bitmaps.count == blocks.count, bitmaps.count > 1 {
      return Bitmap.forEachCommon(bitmaps, body)
    }
    return blocks[0].forEachMember { row in
      for block in blocks.dropFirst() where !block.contains(row) { return true }
      return body(row)
    }
  }
}
