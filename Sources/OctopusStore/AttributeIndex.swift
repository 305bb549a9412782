import OctopusRecords

/// All values of one attribute in order, and the rows that have each: serves equality, ranges and
/// presence.
///
/// How the values are ordered is `ValueRun`'s matter.
// A class, so that a plan that holds several does not copy them; the store never shares one.
final class AttributeIndex {
  typealias Position = SortedChunks<ValueRun>.Position

  /// The attribute's name.
  let key: [UInt8]
  /// How many rows have the attribute.
  private(set) var count = 0
  private(set) var values: SortedChunks<ValueRun>
  private var sets: [RowSet] = []
  private var freeSets: [Int] = []

  init(key: [UInt8], runCapacity: Int = 512) {
    self.key = key
    values = SortedChunks(capacity: runCapacity)
  }

  /// About how many bytes it occupies.
  var footprint: Int {
    Footprint.attribute + count * Footprint.entry + values.count * Footprint.value
      + (sets.count - freeSets.count) * Footprint.sharedValue
  }

  func insert(_ row: RowID, _ value: ValueView, _ rows: Rows) {
    count += 1
    let source = ValueRun.Source(index: self, rows: rows)
    let position = lowerBound(value, source)
    guard let posting = posting(at: position, ifOf: value, source) else {
      values.insert(.row(row), at: position, from: source)
      return
    }
    if let single = posting.row {
      var set = RowSet()
      set.insert(single)
      set.insert(row)
      values.replace(at: position, with: keep(set))
    } else {
      sets[posting.setIndex].insert(row)
    }
  }

  /// Removes a row, whose record must still be in `rows`.
  func remove(_ row: RowID, _ value: ValueView, _ rows: Rows) {
    count -= 1
    let source = ValueRun.Source(index: self, rows: rows)
    let position = lowerBound(value, source)
    let posting = values[position]
    if posting.row != nil {
      values.remove(at: position, from: source)
      return
    }
    sets[posting.setIndex].remove(row)
    guard sets[posting.setIndex].count == 1 else { return }
    let last = sets[posting.setIndex].first
    sets[posting.setIndex] = RowSet()
    freeSets.append(posting.setIndex)
    values.replace(at: position, with: .row(last))
  }

  /// The rows with this value.
  func find(_ value: ValueView, _ rows: Rows) -> Posting? {
    let source = ValueRun.Source(index: self, rows: rows)
    return posting(at: lowerBound(value, source), ifOf: value, source)
  }

  /// Where values not below `value` begin; with `isAfter`, values above it.
  func bound(_ value: ValueView, isAfter: Bool, _ rows: Rows) -> Position {
    let source = ValueRun.Source(index: self, rows: rows)
    return values.position { $0.countBelow(value, orEqual: isAfter, source) }
  }

  /// Where the values of a class begin.
  func start(of valueClass: ValueView.Class) -> Position {
    values.position { $0.countBelow(valueClass) }
  }

  /// Where the values of a class end.
  func end(of valueClass: ValueView.Class) -> Position {
    values.position { $0.countBelow(valueClass, orEqual: true) }
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
      total += rowCount(values[position])
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
      let posting = values[position]
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

  /// A row that has the value.
  func anyRow(_ posting: Posting) -> RowID { posting.row ?? sets[posting.setIndex].first }

  private func lowerBound(_ value: ValueView, _ source: ValueRun.Source) -> Position {
    values.position { $0.countBelow(value, source) }
  }

  private func posting(
    at position: Position, ifOf value: ValueView, _ source: ValueRun.Source
  ) -> Posting? {
    guard position != values.endPosition,
      values.chunks[position.chunk].has(value, at: position.offset, source)
    else { return nil }
    return values[position]
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

/// The rows of one value: one row, or the place of a set.
struct Posting: Equatable {
  private var bits: UInt32

  static func row(_ row: RowID) -> Posting { Posting(bits: row) }
  static func set(_ index: Int) -> Posting { Posting(bits: UInt32(index) | 1 << 31) }

  var row: RowID? { bits >> 31 == 0 ? bits : nil }
  /// Only where `row` is nil.
  var setIndex: Int { Int(bits & ~(1 << 31)) }
}
