import OctopusCollections
import OctopusRecords

/// Records kept and found: by exact name, in natural order of names, and by the values of attributes.
///
/// Knows nothing of sessions or time; revisions and owners are given to it.
package struct Store: ~Copyable {
  let rows = Rows()
  /// Rows by the hash of their names, which are in the rows.
  private(set) var names = HashIndex()
  /// All rows in natural order of their names.
  private(set) var ordered = SortedChunks<ContiguousArray<RowID>>()
  private(set) var attributes: AttributeIndexes
  /// The next number of each counter, by name.
  private var counters = NameTable<Int64>()
  private var counterFootprint = 0
  /// The name that was found last for a counter. Its memory is for the next.
  package private(set) var nextName: [UInt8] = []

  /// Bytes of all records' texts.
  package private(set) var textBytes = 0

  /// What reads may cost until it is renewed.
  package let budget: Budget
  /// How many rows an attribute may have, or a query examine, before an index is needed.
  let unaskedLimit: Int

  package init(candidateLimit: Int = Limits.candidates, unaskedLimit: Int = Store.unaskedLimit) {
    budget = Budget(candidateLimit)
    self.unaskedLimit = unaskedLimit
    attributes = AttributeIndexes(unaskedLimit: unaskedLimit)
  }

  /// To examine so many rows takes less than a millisecond.
  package static let unaskedLimit = 1_024

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

  /// The row of a plain name. Complexity: O(1) expected.
  package func find(_ name: Bytes) -> RowID? {
    names.value(KeyHash.hash(of: name)) { row in
      rows.withContents(row) { compareBytes($0.name, name) == 0 }
    }
  }

  /// Writes a row, over the one of its name if there is one, and answers its number.
  ///
  /// - Complexity: O(log n) for each attribute that changes.
  @discardableResult
  package mutating func write(_ row: Row) -> RowID {
    write(row, over: row.record.withContents { find($0.name) })
  }

  /// The same, where the number of what is there under that name is known; nil: nothing is.
  @discardableResult
  package mutating func write(_ row: Row, over number: RowID?) -> RowID {
    textBytes += row.record.textCount
    if let number {
      let before = rows[number].record
      textBytes -= before.textCount
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

  /// Gives a row that is there other revisions.
  package mutating func renumber(_ number: RowID, revision: Int64, created: Int64) {
    rows.renumber(number, revision: revision, created: created)
  }

  /// Deletes the row of a name, if there is one, and answers the number that it had.
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
      textBytes -= contents.text.count
      ordered.remove(at: position(of: number, contents.name), from: ())
      // Each row that is there is indexed by its name.
      names.remove(at: names.find(KeyHash.hash(of: contents.name)) { $0 == number }!)
    }
    rows.remove(number)
  }

  /// By how much the footprint would grow with a new record and the counter that has numbered it.
  package func footprint(
    of record: Record, _ numbered: borrowing Numbered, _ stem: [UInt8]
  ) -> Int {
    record.textCount + Footprint.record + attributes.footprint(of: record)
      + (numbered.counter == nil ? Footprint.counter + stem.count : 0)
  }

  /// The next number of the counter with this name.
  package func counter(_ name: [UInt8]) -> Int64? { counters.find(name).map { counters[$0] } }

  /// What a counter gives next. The name is in `nextName`.
  package struct Numbered {
    package let number: Int64
    /// The counter's next number; nil: there is no such counter yet.
    package let former: Int64?
    fileprivate let counter: Int?
  }

  /// Finds the next name of a counter, which begins at `first` if it is not there. A name that is there is
  /// skipped. It is not taken yet.
  package mutating func findNextName(_ stem: [UInt8], from first: Int64) -> Numbered {
    let counter = counters.find(stem)
    let former = counter.map { counters[$0] }
    var number = former ?? first
    while true {
      nextName.removeAll(keepingCapacity: true)
      nextName.append(contentsOf: stem)
      nextName.append(decimal: number)
      guard nextName.withUnsafeBufferPointer({ find($0) }) != nil else { break }
      number += 1
    }
    return Numbered(number: number, former: former, counter: counter)
  }

  /// Takes what `findNextName` has just answered for this counter.
  package mutating func take(_ numbered: borrowing Numbered, _ stem: [UInt8]) {
    if let counter = numbered.counter {
      counters[counter] = numbered.number + 1
    } else {
      setCounter(stem, to: numbered.number + 1)
    }
  }

  /// Sets the next number of a counter; nil removes it: then it must never be
  /// given a lower one again, unless nobody has seen what it gave.
  package mutating func setCounter(_ name: [UInt8], to next: Int64?) {
    switch (counters.find(name), next) {
    case (let counter?, let next?): counters[counter] = next
    case (nil, let next?):
      counters.insert(name, next)
      counterFootprint += Footprint.counter + name.count
    case (let counter?, nil):
      counters.remove(counter, leaving: 0)
      counterFootprint -= Footprint.counter + name.count
    case (nil, nil): break
    }
  }

  private func position(of number: RowID, _ name: Bytes) -> NamePosition {
    ordered.position { run in
      run.partitionPoint { row in
        row != number && rows.withContents(row) { compareNaturally($0.name, name) < 0 }
      }
    }
  }

  /// Where a name would stand. Many are numbered and so come in order.
  private func newPosition(_ name: Bytes) -> NamePosition {
    let isLast = ordered.last.map { last in
      rows.withContents(last) { compareNaturally($0.name, name) < 0 }
    }
    return isLast ?? true ? ordered.endPosition : orderedPosition(name)
  }

  /// Where a name stands or would stand.
  func orderedPosition(_ name: Bytes) -> NamePosition {
    ordered.position { run in
      run.partitionPoint { row in rows.withContents(row) { compareNaturally($0.name, name) < 0 } }
    }
  }
}

typealias NamePosition = SortedChunks<ContiguousArray<RowID>>.Position
