import OctopusCollections
import OctopusRecords

/// The indexes of all attributes, by attribute name.
// A class, so that the store is small; the store never shares it.
final class AttributeIndexes {
  private var indexes = NameTable<AttributeIndex>()
  /// The number of the attribute that was found last: the next change mostly has that attribute,
  /// too.
  private var latest = 0
  /// The indexes that became empty, the latest last. Attributes of short-lived records, like the
  /// members of a lock, so find their index again.
  private var idle: [Int] = []
  private static let idleLimit = 16
  private let lazyThreshold: Int
  /// Attributes of all rows together.
  private(set) var entryCount = 0

  /// - Parameter lazyThreshold: up to how many rows an index has its rows before a query needs it.
  init(lazyThreshold: Int) { self.lazyThreshold = lazyThreshold }

  /// Attributes that some row has.
  private var usedCount = 0

  /// About how many bytes the indexes occupy if all are sorted and no two rows have the same value.
  /// The idle ones do not count.
  var footprint: Int { usedCount * Footprint.attribute + entryCount * Footprint.entry }

  /// By how much the footprint would grow with a new record.
  func footprint(of record: Record) -> Int {
    record.withContents { contents in
      (0..<contents.count).reduce(contents.count * Footprint.entry) { sum, index in
        find(contents.key(index)) == nil ? sum + Footprint.attribute : sum
      }
    }
  }

  subscript(attribute: Int) -> AttributeIndex { indexes[attribute] }

  /// The number of an attribute; nil if no row has the attribute.
  func find(_ key: Bytes) -> Int? { indexes.find(key).flatMap { indexes[$0].count > 0 ? $0 : nil } }

  /// Adds a row's attributes, except those that are the same in another record.
  func insert(_ row: RowID, unlessIn other: Record?, _ rows: Rows) {
    rows.withContents(row) { contents in
      for index in 0..<contents.count where !contents.isSame(index, in: other) {
        let key = contents.key(index)
        let attribute = number(of: key) ?? add(Array(key))
        if indexes[attribute].count == 0 { usedCount += 1 }
        if indexes[attribute].sorts(row) {
          contents.withValue(index) { indexes[attribute].insert(row, $0, rows) }
        } else {
          indexes[attribute].insertUnsorted(row, limit: lazyThreshold)
        }
        entryCount += 1
      }
    }
  }

  /// Removes a row's attributes, except those that are the same in another record.
  func remove(_ row: RowID, unlessIn other: Record?, _ rows: Rows) {
    rows.withContents(row) { contents in
      for index in 0..<contents.count where !contents.isSame(index, in: other) {
        // The row was inserted with this attribute.
        let attribute = number(of: contents.key(index))!
        if indexes[attribute].sorts(row) {
          contents.withValue(index) { indexes[attribute].remove(row, $0, rows) }
        } else {
          indexes[attribute].removeUnsorted(row)
        }
        entryCount -= 1
        if indexes[attribute].count == 0 {
          usedCount -= 1
          markIdle(attribute)
        }
      }
    }
  }

  private func number(of key: Bytes) -> Int? {
    if indexes.hasName(latest, key) { return latest }
    guard let attribute = indexes.find(key) else { return nil }
    latest = attribute
    return attribute
  }

  private func add(_ key: [UInt8]) -> Int {
    indexes.insert(key, AttributeIndex(key: key))
  }

  private func markIdle(_ attribute: Int) {
    guard !indexes[attribute].isIdle else { return }
    indexes[attribute].isIdle = true
    idle.append(attribute)
    guard idle.count > Self.idleLimit else { return }
    let oldest = idle.removeFirst()
    indexes[oldest].isIdle = false
    if indexes[oldest].count == 0 { drop(oldest) }
  }

  private func drop(_ attribute: Int) {
    indexes.remove(attribute, leaving: AttributeIndex(key: []))
  }
}

extension RecordContents {
  /// Whether another record has this attribute with the same text.
  fileprivate func isSame(_ index: Int, in other: Record?) -> Bool {
    guard let other else { return false }
    return other.withContents { other in
      guard let same = other.index(of: key(index)) else { return false }
      return compareBytes(valueText(index), other.valueText(same)) == 0
    }
  }
}
