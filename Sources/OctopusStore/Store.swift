import OctopusCollections
import OctopusRecords

/// The records, with their indexes: by exact name, in natural order of names, and by attribute
/// values.
///
/// The store knows nothing of sessions or time. The engine gives it revisions and owners.
package struct Store: ~Copyable {
  let rows = Rows()
  /// Rows by the hash of their names, which are in the rows.
  private(set) var names = HashIndex()
  /// All rows in natural order of their names.
  private(set) var ordered = SortedChunks<ContiguousArray<RowID>>()
  let attributes: AttributeIndexes
  /// The next number of each counter, by name.
  var counters = NameTable<Int64>()
  var counterFootprint = 0
  /// The name that `findNextName` found last. The next one reuses its memory.
  package internal(set) var nextName: [UInt8] = []

  /// Bytes of all records' texts.
  package private(set) var textBytes = 0
  /// Bytes of all records that were ever replaced or deleted. What readers of an earlier state
  /// still hold cannot have grown by more than this has since.
  package private(set) var discardedBytes = 0

  /// The work that may be done until it is renewed.
  package let budget: Budget
  let builds = IndexBuilds()
  /// How many rows an attribute may have, or a query examine, before an index is sorted.
  let lazyThreshold: Int

  package init(stepBudget: Int = Work.stepBudget, lazyThreshold: Int = Store.lazyThreshold) {
    budget = Budget(stepBudget)
    self.lazyThreshold = lazyThreshold
    attributes = AttributeIndexes(lazyThreshold: lazyThreshold)
  }

  /// To examine n rows takes less than a millisecond.
  package static let lazyThreshold = 1_024

  /// How many records there are.
  package var count: Int { names.count }

  /// How many counters there are.
  package var counterCount: Int { counters.count }

  /// How many attributes the records have, of all names together, and how many names.
  package var attributeCount: Int { attributes.entryCount }

  /// About how many bytes all of it occupies; see `Footprint`.
  package var footprint: Int {
    textBytes + count * Footprint.record + attributes.footprint + counterFootprint
  }

  package subscript(row: RowID) -> Row { rows[row] }

  /// Those of the next rows that are in use, by number, from one on, which moves to the next. Nil
  /// if there are no more.
  ///
  /// - Parameter bytes: of text, after which no more are taken.
  package func rows(from row: inout Int, most: Int, bytes: Int) -> [Row]? {
    guard row < rows.numbers.count else { return nil }
    var found: [Row] = []
    var size = 0
    let end = min(row + most, rows.numbers.count)
    while row < end, size < bytes {
      let next = rows[RowID(row)]
      row += 1
      guard next.revision > 0 else { continue }
      size += next.record.textCount
      found.append(next)
    }
    return found
  }

  /// How many indexes are being built, for which `continueIndexes` is to be called.
  package var indexesToBuild: Int { builds.indexes.count }

  /// Builds indexes, until the budget is spent or all are built.
  package func continueIndexes() { builds.carryOn(rows, budget) }

  /// The row of a plain name. Complexity: O(1) expected.
  package func find(_ name: Bytes) -> RowID? {
    names.value(KeyHash.hash(of: name)) { row in
      rows.withContents(row) { compareBytes($0.name, name) == 0 }
    }
  }

  /// Writes a row, over the one of its name if there is one, and returns its number.
  ///
  /// - Complexity: O(log n) for each attribute that changes.
  @discardableResult
  package mutating func write(_ row: Row) -> RowID {
    write(row, over: row.record.withContents { find($0.name) })
  }

  /// Writes a row over the one with a number, which has its name; nil: no row has its name.
  @discardableResult
  package mutating func write(_ row: Row, over number: RowID?) -> RowID {
    textBytes += row.record.textCount
    if let number {
      let before = rows[number].record
      discard(before.textCount)
      attributes.remove(number, unlessIn: row.record, rows)
      rows[number] = row
      attributes.insert(number, unlessIn: before, rows)
      return number
    }
    let number = rows.add(row)
    row.record.withContents { contents in
      names.insert(KeyHash.hash(of: contents.name), number)
      ordered.insert(number, at: newPosition(contents.name), from: ())
    }
    attributes.insert(number, unlessIn: nil, rows)
    return number
  }

  /// Changes the revisions of a row.
  package mutating func renumber(_ number: RowID, revision: Int64, created: Int64) {
    rows.renumber(number, revision: revision, created: created)
  }

  /// Deletes the row of a name, if there is one, and returns the number that it had.
  ///
  /// - Complexity: O(log n) for each attribute.
  @discardableResult
  package mutating func erase(_ name: Bytes) -> RowID? {
    guard let number = find(name) else { return nil }
    erase(number)
    return number
  }

  /// Deletes a row that is there.
  package mutating func erase(_ number: RowID) {
    attributes.remove(number, unlessIn: nil, rows)
    rows.withContents(number) { contents in
      discard(contents.text.count)
      ordered.remove(at: position(of: number, contents.name), from: ())
      // Each row that is there is indexed by its name.
      names.remove(at: names.find(KeyHash.hash(of: contents.name)) { $0 == number }!)
    }
    rows.remove(number)
  }

  private mutating func discard(_ textCount: Int) {
    textBytes -= textCount
    discardedBytes += textCount + Footprint.detachedRecord
  }

  /// By how much the footprint would grow with a new record and the counter of its number.
  package func footprint(
    of record: Record, _ numbered: borrowing Numbered, _ stem: [UInt8]
  ) -> Int {
    record.textCount + Footprint.record + attributes.footprint(of: record)
      + (numbered.counter == nil ? Footprint.counter + stem.count : 0)
  }

  private func position(of number: RowID, _ name: Bytes) -> NamePosition {
    ordered.position { run in
      run.partitionPoint { row in
        row != number && rows.withContents(row) { compareNaturally($0.name, name) < 0 }
      }
    }
  }

  /// The position for a new name. Many names are numbered, so that new ones come last.
  private func newPosition(_ name: Bytes) -> NamePosition {
    let isLast = ordered.last.map { last in
      rows.withContents(last) { compareNaturally($0.name, name) < 0 }
    }
    return isLast ?? true ? ordered.endPosition : orderedPosition(name)
  }

  /// The position of a name, or the one for it if it is not there.
  func orderedPosition(_ name: Bytes) -> NamePosition {
    ordered.position { run in
      run.partitionPoint { row in rows.withContents(row) { compareNaturally($0.name, name) < 0 } }
    }
  }
}

typealias NamePosition = SortedChunks<ContiguousArray<RowID>>.Position
