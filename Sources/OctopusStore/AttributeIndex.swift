import OctopusRecords

/// All values of one attribute in order, and the rows that have each: serves equality, ranges and
/// presence.
///
/// Values are not copied: an entry names a row that has the value, and 64 bits that sort like it, so
/// that most comparisons touch nothing else.
// A class, so that a plan that holds several does not copy them; the store never shares one.
final class AttributeIndex {
  /// One distinct value.
  struct Entry {
    // Two halves, so that an entry takes 12 bytes and not 16.
    private var high: UInt32
    private var low: UInt32
    var posting: Posting

    init(prefix: UInt64, posting: Posting) {
      high = UInt32(truncatingIfNeeded: prefix >> 32)
      low = UInt32(truncatingIfNeeded: prefix)
      self.posting = posting
    }

    var prefix: UInt64 { UInt64(high) << 32 | UInt64(low) }
  }

  /// The rows of one value: one row, or the place of a set.
  struct Posting: Equatable {
    var bits: UInt32

    static func row(_ row: RowID) -> Posting { Posting(bits: row) }
    static func set(_ index: Int) -> Posting { Posting(bits: UInt32(index) | 1 << 31) }

    var row: RowID? { bits >> 31 == 0 ? bits : nil }
    /// Only where `row` is nil.
    var setIndex: Int { Int(bits & ~(1 << 31)) }
  }

  typealias Position = SortedChunks<Entry>.Position

  /// The attribute's name.
  let key: [UInt8]
  /// How many rows have the attribute.
  private(set) var count = 0
  private(set) var values = SortedChunks<Entry>()
  private var sets: [RowSet] = []
  private var freeSets: [Int] = []

  init(key: [UInt8]) { self.key = key }

  func insert(_ row: RowID, _ value: ValueView, _ rows: borrowing Rows) {
    count += 1
    let prefix = value.sortingPrefix
    let position = lowerBound(value, prefix, rows)
    guard position != values.endPosition, order(values[position], value, prefix, rows) == 0 else {
      values.insert(Entry(prefix: prefix, posting: .row(row)), at: position)
      return
    }
    let posting = values[position].posting
    if let single = posting.row {
      var set = RowSet()
      set.insert(single)
      set.insert(row)
      values.replace(at: position, with: Entry(prefix: prefix, posting: keep(set)))
    } else {
      sets[posting.setIndex].insert(row)
    }
  }

  /// Removes a row, whose record must still be in `rows`.
  func remove(_ row: RowID, _ value: ValueView, _ rows: borrowing Rows) {
    count -= 1
    let prefix = value.sortingPrefix
    let position = lowerBound(value, prefix, rows)
    let posting = values[position].posting
    if posting.row != nil {
      values.remove(at: position)
      return
    }
    sets[posting.setIndex].remove(row)
    guard sets[posting.setIndex].count == 1 else { return }
    let last = sets[posting.setIndex].first
    sets[posting.setIndex] = RowSet()
    freeSets.append(posting.setIndex)
    values.replace(at: position, with: Entry(prefix: prefix, posting: .row(last)))
  }

  /// The rows with this value.
  func find(_ value: ValueView, _ rows: borrowing Rows) -> Posting? {
    let prefix = value.sortingPrefix
    let position = lowerBound(value, prefix, rows)
    guard position != values.endPosition, order(values[position], value, prefix, rows) == 0 else {
      return nil
    }
    return values[position].posting
  }

  /// Where values not below `value` begin; with `isAfter`, values above it.
  func bound(_ value: ValueView, isAfter: Bool, _ rows: borrowing Rows) -> Position {
    let prefix = value.sortingPrefix
    return values.partition {
      let order = order($0, value, prefix, rows)
      return isAfter ? order <= 0 : order < 0
    }
  }

  /// Where the values of a class begin.
  func start(of valueClass: ValueView.Class) -> Position {
    let prefix = UInt64(valueClass.rawValue) << 62
    return values.partition { $0.prefix < prefix }
  }

  /// Where the values of a class end.
  func end(of valueClass: ValueView.Class) -> Position {
    let prefix = UInt64(valueClass.rawValue) << 62 | ~0 >> 2
    return values.partition { $0.prefix <= prefix }
  }

  /// About how many rows have a value between two positions: exact for few values.
  func rowCount(from start: Position, to end: Position) -> Int {
    let distinct = values.distance(from: start, to: end)
    guard distinct <= 16 else {
      return Int(Double(distinct) * (Double(count) / Double(values.count)))
    }
    var total = 0
    var position = start
    while position != end {
      total += rowCount(values[position].posting)
      position = values.position(after: position)
    }
    return total
  }

  func rowCount(_ posting: Posting) -> Int {
    posting.row != nil ? 1 : sets[posting.setIndex].count
  }

  func set(_ posting: Posting) -> RowSet { sets[posting.setIndex] }

  /// Calls with each row that has a value between two positions, until it answers false.
  func forEachRow(from start: Position, to end: Position, _ body: (RowID) -> Bool) {
    var position = start
    var goesOn = true
    while goesOn, position != end {
      let posting = values[position].posting
      if let row = posting.row {
        goesOn = body(row)
      } else {
        sets[posting.setIndex].forEachMember {
          goesOn = body($0)
          return goesOn
        }
      }
      position = values.position(after: position)
    }
  }

  @inline(__always)
  private func lowerBound(
    _ value: ValueView, _ prefix: UInt64, _ rows: borrowing Rows
  ) -> Position {
    values.partition { order($0, value, prefix, rows) < 0 }
  }

  /// Where an entry stands in relation to a value.
  @inline(__always)
  private func order(
    _ entry: Entry, _ value: ValueView, _ prefix: UInt64, _ rows: borrowing Rows
  ) -> Int {
    let entryPrefix = entry.prefix
    if entryPrefix != prefix { return entryPrefix < prefix ? -1 : 1 }
    if ValueView.isExact(prefix) { return 0 }
    let row = entry.posting.row ?? sets[entry.posting.setIndex].first
    return rows.withContents(row) { contents in
      key.withUnsafeBufferPointer { key in
        // A row is in this index because it has the attribute.
        contents.withValue(contents.index(of: key)!) { ValueView.compare($0, value) }
      }
    }
  }

  private func keep(_ set: RowSet) -> Posting {
    if let free = freeSets.popLast() {
      sets[free] = set
      return .set(free)
    }
    sets.append(set)
    return .set(sets.count - 1)
  }
}

extension ValueView {
  /// 64 bits in the order of values, as far as they go: two for the class, then most of a number or
  /// the beginning of a text. Values that compare as equal have equal bits.
  var sortingPrefix: UInt64 {
    let bits: UInt64 =
      switch self {
      case .integer(let value): ValueView.sortingBits(ValueView.towardsZero(value))
      case .float(let value): ValueView.sortingBits((value, isExact: true))
      case .boolean(let value): value ? 1 : 0
      case .string(let text), .symbol(let text): ValueView.sortingBits(text)
      }
    return UInt64(valueClass.rawValue) << 62 | bits
  }

  /// Whether only equal values have this prefix.
  static func isExact(_ prefix: UInt64) -> Bool {
    switch Class(rawValue: Int(prefix >> 62)) {
    case .number: (prefix >> 61 & 1) == 1 ? prefix & 1 == 0 : prefix & 1 == 1
    case .text: prefix & 0x3f < 8
    default: true
    }
  }

  /// 61 bits that sort like the number, and one that says whether there is more: what there is more
  /// is away from zero, so it sorts above where the number is positive, else below.
  private static func sortingBits(_ number: (value: Double, isExact: Bool)) -> UInt64 {
    let bits = (number.value + 0).bitPattern  // -0.0 + 0 is 0.0.
    let isExact = number.isExact && bits & 7 == 0
    let isPositive = bits >> 63 == 0
    let sorted = (isPositive ? bits | 1 << 63 : ~bits) >> 3
    return sorted << 1 | (isExact == isPositive ? 0 : 1)
  }

  /// The nearest float that is not further from zero, and whether it is the integer itself.
  private static func towardsZero(_ integer: Int64) -> (value: Double, isExact: Bool) {
    guard integer.magnitude > 1 << 53 else { return (Double(integer), true) }
    // A float near 2⁶³ has 53 bits: what lies below them is cut off.
    let cut = integer.magnitude.bitWidth - integer.magnitude.leadingZeroBitCount - 53
    let kept = (integer.magnitude >> UInt64(cut)) << UInt64(cut)
    let value = Double(kept)
    return (integer < 0 ? -value : value, kept == integer.magnitude)
  }

  /// Seven bytes, then how many there are, 8 for more.
  private static func sortingBits(_ text: Bytes) -> UInt64 {
    var bits: UInt64 = 0
    for index in 0..<7 { bits = bits << 8 | (index < text.count ? UInt64(text[index]) : 0) }
    return bits << 6 | UInt64(min(text.count, 8))
  }
}
