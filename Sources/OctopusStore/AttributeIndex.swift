import OctopusCollections
import OctopusRecords

/// All values of one attribute in order, and the rows that have each: serves equality, ranges and
/// presence.
///
/// How the values are ordered is `ValueRun`'s matter.
///
/// Order that costs every write and serves no query is not kept. Until a query first needs it the index
/// gathers its rows as they come; if they become many before that it lets go of them. Either way the order
/// is made when it is asked for, and from then on it stays.
// A class, so that a plan that holds several does not copy them; the store never shares one.
final class AttributeIndex {
  typealias Position = SortedChunks<ValueRun>.Position

  /// The attribute's name.
  let key: [UInt8]
  /// How many rows have the attribute.
  private(set) var count = 0
  /// Whether it is on the list of those that were found empty.
  var isIdle = false
  private var state = State.gathered
  /// In ascending order.
  private var gathered: [RowID] = []
  private let runCapacity: Int
  private(set) var values: SortedChunks<ValueRun>
  private var sets = Slab<RoaringSet>()

  private enum State {
    /// The rows are known.
    case gathered
    /// The values are there, in order.
    case ordered
    /// Only how many rows there are is known.
    case letGo
  }

  /// Whether it knows its rows, or lets go of them when they become many.
  var isKept: Bool { state != .letGo }

  /// Whether the order is there. Only then it must be told the values.
  var isOrdered: Bool { state == .ordered }

  init(key: [UInt8], runCapacity: Int = 512) {
    self.key = key
    self.runCapacity = runCapacity
    values = SortedChunks(capacity: runCapacity)
  }

  /// Adds a row where there is no order; of more than `limit` it lets go.
  func gather(_ row: RowID, limit: Int) {
    count += 1
    guard state == .gathered else { return }
    guard count <= limit else { return letGo() }
    let index = gathered.lowerBound(row)
    // To append is much cheaper.
    if index == gathered.count { gathered.append(row) } else { gathered.insert(row, at: index) }
  }

  /// Adds a row in its place in the order.
  func insert(_ row: RowID, _ value: ValueView, _ rows: Rows) {
    assert(isOrdered)
    count += 1
    let source = ValueRun.Source(index: self, rows: rows, newcomer: (.row(row), value))
    let position = lowerBound(value, source)
    guard let posting = posting(at: position, ifOf: value, source) else {
      values.insert(.row(row), at: position, from: source)
      return
    }
    if let single = posting.row {
      values.replace(at: position, with: keep([single, row]))
    } else {
      sets[posting.setIndex].insert(row)
    }
  }

  /// Removes a row where there is no order.
  func remove(_ row: RowID) {
    count -= 1
    if state == .gathered { gathered.remove(at: gathered.lowerBound(row)) }
    if count == 0 { state = .gathered }
  }

  /// Removes a row from the order. Its record must still be in `rows`.
  func remove(_ row: RowID, _ value: ValueView, _ rows: Rows) {
    removeInOrder(row, value, rows)
    count -= 1
    // Without rows it is as new.
    guard count == 0 else { return }
    state = .gathered
    if sets.indices.count > 16 { sets = Slab() }
  }

  private func removeInOrder(_ row: RowID, _ value: ValueView, _ rows: Rows) {
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
    // A few leave their memory to the next.
    if sets.freeCount < 16 {
      sets[posting.setIndex].remove(last)
      sets.remove(posting.setIndex)
    } else {
      sets.remove(posting.setIndex, leaving: RoaringSet())
    }
    values.replace(at: position, with: .row(last))
  }

  /// Makes sure that the order is there, and stays. To be called before anything is looked up in it.
  ///
  /// - Complexity: O(1) if it is there, else O(n log n) over the rows that it knows, or over all rows.
  func ask(_ rows: Rows) {
    switch state {
    case .gathered: build(gathered, rows)
    case .ordered: return
    case .letGo: build(rows.numbers, rows)
    }
    gathered = []
    state = .ordered
  }

  private func letGo() {
    gathered = []
    state = .letGo
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

  func set(_ posting: Posting) -> RoaringSet { sets[posting.setIndex] }

  /// Calls with each row that has a value between two positions, until it answers false.
  func forEachRow(from start: Position, to end: Position, _ body: (RowID) -> Bool) {
    values.forEach(from: start, to: end) { posting in
      if let row = posting.row { return body(row) }
      return sets[posting.setIndex].forEachMember(body)
    }
  }

  /// A row that has the value.
  func anyRow(_ posting: Posting) -> RowID { posting.row ?? sets[posting.setIndex].first }

  private func lowerBound(_ value: ValueView, _ source: ValueRun.Source) -> Position {
    // Lent to be changed, though they are not, the values are searched in place: to lend them to be
    // read retains each array in them.
    func search(_ values: inout SortedChunks<ValueRun>) -> Position {
      values.position { $0.countBelow(value, source) }
    }
    return search(&values)
  }

  private func posting(
    at position: Position, ifOf value: ValueView, _ source: ValueRun.Source
  ) -> Posting? {
    guard position != values.endPosition,
      values.chunks[position.chunk].has(value, at: position.offset, source)
    else { return nil }
    return values[position]
  }

  private func keep(_ rows: some Sequence<RowID>) -> Posting {
    let set = sets.reuse(orInsert: RoaringSet())
    for row in rows { sets[set].insert(row) }
    return .set(set)
  }
}

// Making it out of rows that are there.
extension AttributeIndex {
  private struct Item {
    var key: UInt64
    var row: RowID
  }

  /// Sorts the rows, of those among which all are that have the attribute, by their values, and takes each
  /// value with its rows.
  private func build(_ candidates: some Sequence<RowID>, _ rows: Rows) {
    // What was there before the last row went has left none.
    values = SortedChunks(capacity: runCapacity)
    let source = ValueRun.Source(index: self, rows: rows)
    let items = sorted(candidates, rows)
    var start = 0
    while start < items.count {
      var end = start + 1
      while end < items.count, order(items[start], items[end], rows) == 0 { end += 1 }
      let posting: Posting =
        end == start + 1
        ? .row(items[start].row) : keep(items[start..<end].lazy.map(\.row).sorted())
      values.insert(posting, at: values.endPosition, from: source)
      start = end
    }
  }

  private func sorted(_ candidates: some Sequence<RowID>, _ rows: Rows) -> [Item] {
    var items: [Item] = []
    items.reserveCapacity(count)
    var shared: [UInt8]?
    for row in candidates {
      withValue(of: row, rows) { value in
        items.append(Item(key: 0, row: row))
        let text = value.text ?? Bytes(start: nil, count: 0)
        shared = shared.map { Array(zip($0, text).prefix { $0 == $1 }.map(\.0)) } ?? Array(text)
      }
    }
    let skipped = shared?.count ?? 0
    for place in items.indices {
      withValue(of: items[place].row, rows) {
        items[place].key = $0.sortingPrefix(skipping: skipped)
      }
    }
    items.sort { order($0, $1, rows) < 0 }
    return items
  }

  private func order(_ a: Item, _ b: Item, _ rows: Rows) -> Int {
    if a.key != b.key { return a.key < b.key ? -1 : 1 }
    if ValueView.isExact(a.key) { return 0 }
    return withValue(of: a.row, rows) { a in
      withValue(of: b.row, rows) { b in ValueView.compare(a, b) } ?? 0
    } ?? 0
  }

  /// Nil if the row does not have the attribute.
  private func withValue<Result>(
    of row: RowID, _ rows: Rows, _ body: (ValueView) -> Result
  ) -> Result? {
    rows.withContents(row) { contents in
      key.withUnsafeBufferPointer { contents.index(of: $0) }.map { contents.withValue($0, body) }
    }
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
