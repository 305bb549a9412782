import OctopusCollections
import OctopusRecords

/// The sorted values of one attribute, and the rows that have each: serves equality, ranges and
/// presence.
///
/// An index that no query needs costs only writes, so it is lazy: until a query first needs it, the
/// index has its rows unsorted, and if they become many before that, it forgets them. The first
/// query sorts them, and from then on the index stays sorted (decision 0005). `ValueRun` has the
/// order of values.
// A class, so that a plan that has several does not copy them; the store never shares one.
final class AttributeIndex {
  typealias Position = SortedChunks<ValueRun>.Position

  /// The attribute's name.
  let key: [UInt8]
  /// How many rows have the attribute.
  private(set) var count = 0
  /// Whether the index is in the list of empty ones.
  var isIdle = false
  private var state = State.unsorted
  /// The rows in state `unsorted`, ascending.
  private var unsortedRows: [RowID] = []
  private let runCapacity: Int
  private(set) var values: SortedChunks<ValueRun>
  private var sets = Slab<RoaringSet>()

  /// The rows below this number are in their order of values: all of them, or while the index is
  /// built in parts those that are done.
  private var sortedRows: RowID = 0

  private enum State {
    /// The index has its rows.
    case unsorted
    /// The index has its values, in order.
    case sorted
    /// The index has only the number of its rows.
    case unmaterialized
    /// The index is being built in parts.
    case building
  }

  /// Whether the index has its rows, sorted or not.
  var isMaterialized: Bool { state == .sorted || state == .unsorted }

  var isBuilding: Bool { state == .building }

  /// Whether the index has a row by its value, so that changes of the row need the value.
  @inline(__always)
  func sorts(_ row: RowID) -> Bool { row < sortedRows }

  init(key: [UInt8], runCapacity: Int = 512) {
    self.key = key
    self.runCapacity = runCapacity
    values = SortedChunks(capacity: runCapacity)
  }

  /// Adds a row to an index that is not sorted. It forgets its rows if they are more than `limit`.
  func insertUnsorted(_ row: RowID, limit: Int) {
    count += 1
    guard state == .unsorted else { return }
    guard count <= limit else {
      unsortedRows = []
      state = .unmaterialized
      return
    }
    let index = unsortedRows.lowerBound(row)
    // To append is much cheaper.
    if index == unsortedRows.count {
      unsortedRows.append(row)
    } else {
      unsortedRows.insert(row, at: index)
    }
  }

  /// Adds a row to a sorted index.
  func insert(_ row: RowID, _ value: ValueView, _ rows: Rows) {
    assert(sorts(row))
    count += 1
    insertSorted(row, value, rows)
  }

  private func insertSorted(_ row: RowID, _ value: ValueView, _ rows: Rows) {
    let source = ValueRun.Source(index: self, rows: rows, inserted: (.row(row), value))
    let position = lowerBound(value, source)
    guard let posting = posting(at: position, ifOf: value, source) else {
      values.insert(.row(row), at: position, from: source)
      return
    }
    if let single = posting.row {
      values.replace(at: position, with: makeSet([single, row]))
    } else {
      sets[posting.setIndex].insert(row)
    }
  }

  /// Removes a row from an index that is not sorted.
  func removeUnsorted(_ row: RowID) {
    count -= 1
    if state == .unsorted { unsortedRows.remove(at: unsortedRows.lowerBound(row)) }
    if count == 0 { becomeEmpty() }
  }

  /// Removes a row from a sorted index. Its record must still be in `rows`.
  func remove(_ row: RowID, _ value: ValueView, _ rows: Rows) {
    removePosting(row, value, rows)
    count -= 1
    guard count == 0 else { return }
    becomeEmpty()
    if sets.indices.count > 16 { sets = Slab() }
  }

  private func becomeEmpty() {
    state = .unsorted
    sortedRows = 0
  }

  private func removePosting(_ row: RowID, _ value: ValueView, _ rows: Rows) {
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

  /// Sorts the index, which then stays sorted. The caller does this before each look-up.
  ///
  /// - Returns: whether it is sorted. Not, if its texts would take more than half of the work that
  ///   is left: then it can only be built in parts.
  /// - Complexity: O(1) if the index is sorted, else O(n log n) in its rows, or in all rows if it
  ///   has forgotten them.
  func materialize(_ rows: Rows, _ budget: Budget) -> Bool {
    switch state {
    case .unsorted: guard build(unsortedRows, rows, budget) else { return false }
    case .sorted: return true
    case .unmaterialized: guard build(rows.numbers, rows, budget) else { return false }
    case .building: preconditionFailure("an index that is being built cannot be used yet")
    }
    unsortedRows = []
    state = .sorted
    sortedRows = .max
    return true
  }

  /// How much work it takes to sort the index at once, its texts apart.
  func sortingWork(_ rows: Rows) -> Int {
    switch state {
    case .sorted: 0
    case .unsorted: count * Work.sortedValue
    case .unmaterialized, .building: rows.numbers.count * Work.lookup + count * Work.sortedValue
    }
  }

  /// Begins to build the index in parts.
  func beginBuilding() {
    values = SortedChunks(capacity: runCapacity)
    unsortedRows = []
    state = .building
  }

  /// Adds more rows, until the budget is spent or all are there. True if the index is complete or,
  /// since it became empty, needs to be built no more.
  func continueBuilding(_ rows: Rows, _ budget: Budget) -> Bool {
    guard isBuilding else { return true }
    while sortedRows < rows.numbers.upperBound {
      guard !budget.isSpent else { return false }
      let row = sortedRows
      sortedRows += 1
      budget.spend(Work.lookup)
      withValue(of: row, rows) { value in
        insertSorted(row, value, rows)
        budget.spend(Work.insertedValue + (value.text?.count ?? 0) * Work.sortedByte)
      }
    }
    state = .sorted
    sortedRows = .max
    return true
  }

  /// The rows with this value.
  func find(_ value: ValueView, _ rows: Rows) -> Posting? {
    let source = ValueRun.Source(index: self, rows: rows)
    return posting(at: lowerBound(value, source), ifOf: value, source)
  }

  /// The position of the first value that is not less than `value`.
  func lowerBound(_ value: ValueView, _ rows: Rows) -> Position {
    lowerBound(value, ValueRun.Source(index: self, rows: rows))
  }

  /// The position of the first value that is greater than `value`.
  func upperBound(_ value: ValueView, _ rows: Rows) -> Position {
    let source = ValueRun.Source(index: self, rows: rows)
    return values.position { $0.upperBound(value, source) }
  }

  /// The positions of the values of a class.
  func positions(of valueClass: ValueView.Class) -> Range<Position> {
    values.position { $0.lowerBound(valueClass) }..<values.position { $0.upperBound(valueClass) }
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

  /// Calls with each row that has a value between two positions, until it returns false.
  func forEachRow(from start: Position, to end: Position, _ body: (RowID) -> Bool) {
    values.forEach(from: start, to: end) { posting in
      if let row = posting.row { return body(row) }
      return sets[posting.setIndex].forEachMember(body)
    }
  }

  /// A row that has the value.
  func anyRow(_ posting: Posting) -> RowID { posting.row ?? sets[posting.setIndex].first }

  private func lowerBound(_ value: ValueView, _ source: ValueRun.Source) -> Position {
    // As `inout` the values are searched in place; to borrow them would retain each array in them.
    func search(_ values: inout SortedChunks<ValueRun>) -> Position {
      values.position { $0.lowerBound(value, source) }
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

  private func makeSet(_ rows: some Sequence<RowID>) -> Posting {
    let set = sets.reuse(orInsert: RoaringSet())
    for row in rows { sets[set].insert(row) }
    return .set(set)
  }
}

// MARK: Sorting
extension AttributeIndex {
  private struct Item {
    var key: UInt64
    var row: RowID
  }

  /// Sorts by their values those of the candidates that have the attribute; all that have it are
  /// among them. False if their texts are too long for that.
  private func build(
    _ candidates: some Sequence<RowID>, _ rows: Rows, _ budget: Budget
  ) -> Bool {
    guard let items = sorted(candidates, rows, budget) else { return false }
    // The values before the last row was removed may have left memory.
    values = SortedChunks(capacity: runCapacity)
    let source = ValueRun.Source(index: self, rows: rows)
    var start = 0
    while start < items.count {
      var end = start + 1
      while end < items.count, order(items[start], items[end], rows) == 0 { end += 1 }
      let posting: Posting =
        end == start + 1
        ? .row(items[start].row) : makeSet(items[start..<end].lazy.map(\.row).sorted())
      values.insert(posting, at: values.endPosition, from: source)
      start = end
    }
    return true
  }

  private func sorted(
    _ candidates: some Sequence<RowID>, _ rows: Rows, _ budget: Budget
  ) -> [Item]? {
    var items: [Item] = []
    items.reserveCapacity(count)
    var shared: [UInt8]?
    var work = 0
    for row in candidates {
      withValue(of: row, rows) { value in
        items.append(Item(key: 0, row: row))
        let text = value.text ?? Bytes(start: nil, count: 0)
        work += text.count * Work.sortedByte
        let common = shared?.withUnsafeBufferPointer { commonPrefixCount($0, text) }
        shared = common.map { Array(text[..<$0]) } ?? Array(text)
      }
      guard work <= budget.left / 2 else {
        budget.spend(work)
        return nil
      }
    }
    budget.spend(work)
    let skipped = shared?.count ?? 0
    for index in items.indices {
      withValue(of: items[index].row, rows) {
        items[index].key = $0.sortingPrefix(skipping: skipped)
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

/// The rows of one value: one row, or the number of a set.
struct Posting: Equatable {
  private var bits: UInt32

  static func row(_ row: RowID) -> Posting { Posting(bits: row) }
  static func set(_ index: Int) -> Posting { Posting(bits: UInt32(index) | 1 << 31) }

  var row: RowID? { bits >> 31 == 0 ? bits : nil }
  /// Only where `row` is nil.
  var setIndex: Int { Int(bits & ~(1 << 31)) }
}
