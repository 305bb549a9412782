import OctopusRecords

/// The indexes of all attributes, by attribute name.
struct AttributeIndexes {
  private var table = KeyTable()
  private var indexes: [AttributeIndex] = []
  private var free: [Int] = []
  private let unaskedLimit: Int
  /// Attributes of all rows together.
  private(set) var entryCount = 0

  /// - Parameter unaskedLimit: of how many rows an attribute is indexed before any query needs it.
  init(unaskedLimit: Int) { self.unaskedLimit = unaskedLimit }

  /// About how many bytes the indexes occupy, were they all kept and no value had by two rows.
  var footprint: Int {
    (indexes.count - free.count) * Footprint.attribute + entryCount * Footprint.entry
  }

  subscript(place: Int) -> AttributeIndex { indexes[place] }

  /// The place of an attribute's index; nil if no row has the attribute.
  func find(_ key: Bytes) -> Int? {
    table.find(key) { place, key in
      indexes[Int(place)].key.withUnsafeBufferPointer { compareBytes($0, key) == 0 }
    }.map(Int.init)
  }

  /// Adds a row's attributes, except those that are the same in another record.
  mutating func insert(_ row: RowID, unlessIn other: Record?, _ rows: Rows) {
    rows.withContents(row) { contents in
      for index in 0..<contents.count where !contents.isSame(index, in: other) {
        let key = contents.key(index)
        let place = find(key) ?? add(key)
        contents.withValue(index) {
          indexes[place].insert(row, $0, rows, unaskedLimit: unaskedLimit)
        }
        entryCount += 1
      }
    }
  }

  /// Removes a row's attributes, except those that are the same in another record.
  mutating func remove(_ row: RowID, unlessIn other: Record?, _ rows: Rows) {
    rows.withContents(row) { contents in
      for index in 0..<contents.count where !contents.isSame(index, in: other) {
        let key = contents.key(index)
        // The row was inserted with this attribute.
        let place = find(key)!
        contents.withValue(index) { indexes[place].remove(row, $0, rows) }
        entryCount -= 1
        if indexes[place].count == 0 { drop(place, key) }
      }
    }
  }

  private mutating func add(_ key: Bytes) -> Int {
    let place: Int
    if let unused = free.popLast() {
      place = unused
      indexes[place] = AttributeIndex(key: Array(key))
    } else {
      place = indexes.count
      indexes.append(AttributeIndex(key: Array(key)))
    }
    table.insert(UInt32(place), key)
    return place
  }

  private mutating func drop(_ place: Int, _ key: Bytes) {
    table.remove(UInt32(place), key)
    indexes[place] = AttributeIndex(key: [])
    free.append(place)
  }
}

extension RecordContents {
  /// Whether another record has this attribute with the same text.
  fileprivate func isSame(_ index: Int, in other: Record?) -> Bool {
    guard let other else { return false }
    return other.withContents { other in
      guard let place = other.index(of: key(index)) else { return false }
      return compareBytes(valueText(index), other.valueText(place)) == 0
    }
  }
}
