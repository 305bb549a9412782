/// A set of rows: compressed, with fast intersection.
///
/// After Chambi, Lemire, Kaser, Godin, "Better bitmap performance with Roaring bitmaps" (2016):
/// blocks of 65,536 rows, each a sorted array while it has few, else a bitmap. A bitmap also keeps a
/// summary, one bit for each of its bytes, so that walking it skips what is empty.
struct RowSet {
  private(set) var count = 0
  private(set) var keys: [UInt16] = []
  private(set) var blocks: [Block] = []

  enum Block {
    case array([UInt16])
    case bitmap(Bitmap)
  }

  /// More than so many rows of a block make a bitmap, fewer than a quarter an array again.
  static let arrayCapacity = 512

  func contains(_ row: RowID) -> Bool {
    guard let place = find(UInt16(row >> 16)) else { return false }
    return blocks[place].contains(UInt16(truncatingIfNeeded: row))
  }

  /// Inserts a row that is not a member.
  mutating func insert(_ row: RowID) {
    count += 1
    let key = UInt16(row >> 16)
    let low = UInt16(truncatingIfNeeded: row)
    let place = lowerBound(key)
    if place == keys.count {
      keys.append(key)
      blocks.append(.array([low]))
    } else if keys[place] == key {
      blocks[place].insert(low)
    } else {
      keys.insert(key, at: place)
      blocks.insert(.array([low]), at: place)
    }
  }

  /// Removes a member.
  mutating func remove(_ row: RowID) {
    guard let place = find(UInt16(row >> 16)) else {
      preconditionFailure("row \(row) is not a member")
    }
    blocks[place].remove(UInt16(truncatingIfNeeded: row))
    count -= 1
    if blocks[place].count == 0 {
      keys.remove(at: place)
      blocks.remove(at: place)
    }
  }

  /// Any member: the lowest.
  var first: RowID { RowID(keys[0]) << 16 | RowID(blocks[0].first) }

  /// Calls with each member in ascending order; false if `body` stopped it.
  @discardableResult
  func forEachMember(_ body: (RowID) -> Bool) -> Bool {
    for (key, block) in zip(keys, blocks) {
      guard block.forEachMember({ body(RowID(key) << 16 | RowID($0)) }) else { return false }
    }
    return true
  }

  /// The place of a key's block.
  func find(_ key: UInt16) -> Int? {
    let place = lowerBound(key)
    return place < keys.count && keys[place] == key ? place : nil
  }

  private func lowerBound(_ key: UInt16) -> Int { keys.lowerBound(key) }
}

extension RowSet.Block {
  var count: Int {
    switch self {
    case .array(let rows): rows.count
    case .bitmap(let bitmap): bitmap.count
    }
  }

  var first: UInt16 {
    switch self {
    case .array(let rows): return rows[0]
    case .bitmap(let bitmap):
      var first: UInt16 = 0
      bitmap.forEachMember {
        first = $0
        return false
      }
      return first
    }
  }

  func contains(_ row: UInt16) -> Bool {
    switch self {
    case .array(let rows): rows.containsSorted(row)
    case .bitmap(let bitmap): bitmap.contains(row)
    }
  }

  mutating func insert(_ row: UInt16) {
    switch self {
    case .array(var rows):
      self = .array([])  // Leaves `rows` the only owner of its memory.
      if rows.count < RowSet.arrayCapacity {
        let place = rows.lowerBound(row)
        // By far the cheaper of the two.
        if place == rows.count { rows.append(row) } else { rows.insert(row, at: place) }
        self = .array(rows)
      } else {
        var bitmap = Bitmap(rows)
        bitmap.insert(row)
        self = .bitmap(bitmap)
      }
    case .bitmap(var bitmap):
      self = .array([])
      bitmap.insert(row)
      self = .bitmap(bitmap)
    }
  }

  mutating func remove(_ row: UInt16) {
    switch self {
    case .array(var rows):
      self = .array([])
      rows.remove(at: rows.lowerBound(row))
      self = .array(rows)
    case .bitmap(var bitmap):
      self = .array([])
      bitmap.remove(row)
      self =
        bitmap.count < RowSet.arrayCapacity / 4 ? .array(bitmap.members) : .bitmap(bitmap)
    }
  }

  /// Calls with each member in ascending order; false if `body` stopped it.
  @discardableResult
  func forEachMember(_ body: (UInt16) -> Bool) -> Bool {
    switch self {
    case .array(let rows):
      for row in rows { guard body(row) else { return false } }
      return true
    case .bitmap(let bitmap): return bitmap.forEachMember(body)
    }
  }
}

extension Array where Element: Comparable {
  /// The first place whose element is not below `element`, in a sorted array.
  func lowerBound(_ element: Element) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low &+ high) / 2
      if self[middle] < element { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// Whether a sorted array has this element.
  func containsSorted(_ element: Element) -> Bool {
    let place = lowerBound(element)
    return place < count && self[place] == element
  }
}
