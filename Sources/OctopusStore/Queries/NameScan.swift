import OctopusCollections
import OctopusRecords

/// A scan of the names, in natural order, that a query's name can be.
///
/// The literal prefix of a regular expression bounds it. If the prefix ends in digits, as `line12`
/// does, the numbers are 12, 120 to 129, 1200 to 1299, and so on: one range for each length that
/// there is.
struct NameScan {
  typealias KeyRange = (start: NamePosition, end: NamePosition)

  private(set) var ranges: [KeyRange]
  /// About how many names the ranges have.
  private(set) var count = 0
  private var prefix: [UInt8] = []

  init(_ query: Query, after name: [UInt8]?, in store: borrowing Store) {
    ranges = [(store.ordered.startPosition, store.ordered.endPosition)]
    if case .pattern(let index) = query.clause.name,
      let literal = query.clause.patterns[index].literalPrefix
    {
      ranges = store.ranges(withPrefix: literal, &prefix)
    }
    if let name { skip(to: name.withUnsafeBufferPointer { store.position(after: $0) }) }
    for (start, end) in ranges { count += store.ordered.distance(from: start, to: end) }
  }

  /// In words.
  var description: String {
    prefix.isEmpty ? "names" : "names from \(prefix.withUnsafeBufferPointer(quoted))"
  }

  private mutating func skip(to position: NamePosition) {
    ranges.removeAll { $0.end <= position }
    guard let first = ranges.first, first.start < position else { return }
    ranges[0].start = position
  }
}

extension Store {
  /// The ranges of names that can have a literal prefix, and how much of the prefix bounds them.
  fileprivate func ranges(
    withPrefix literal: [UInt8], _ prefix: inout [UInt8]
  ) -> [NameScan.KeyRange] {
    let stem = naturalPrefix(of: literal)
    let digits = literal[stem.count...]
    prefix = stem
    let whole = range(withPrefix: stem)
    // Any number can follow a zero.
    guard let first = digits.first, first != UInt8(ascii: "0") else { return [whole] }
    prefix = literal
    let next = stem + successor(of: digits)
    var ranges: [NameScan.KeyRange] = []
    var zeros = 0
    while true {
      let padding = [UInt8](repeating: UInt8(ascii: "0"), count: zeros)
      let start = position(of: literal + padding)
      guard start < whole.end else { return ranges }
      let end = position(of: next + padding)
      if start < end {
        ranges.append((start, end))
        zeros += 1
      } else {
        // The next name has a longer number, or one as long that is higher.
        let length = rows.withContents(ordered[start]) { contents in
          contents.name.dropFirst(stem.count).drop { $0 == UInt8(ascii: "0") }
            .prefix(while: isDigit).count
        }
        // None: no more numbers.
        guard length > 0 else { return ranges }
        zeros = max(zeros + 1, length - digits.count)
      }
    }
  }

  /// The next number, as digits.
  private func successor(of digits: ArraySlice<UInt8>) -> [UInt8] {
    let nines = digits.reversed().prefix { $0 == UInt8(ascii: "9") }.count
    var next = Array(digits.dropLast(nines))
    if next.isEmpty { next = [UInt8(ascii: "0")] }
    next[next.count - 1] += 1
    return next + [UInt8](repeating: UInt8(ascii: "0"), count: nines)
  }

  /// The range of names with a prefix, which must not end with a digit.
  private func range(withPrefix prefix: [UInt8]) -> NameScan.KeyRange {
    if prefix.isEmpty { return (ordered.startPosition, ordered.endPosition) }
    return prefix.withUnsafeBufferPointer { prefix in
      (
        ordered.position { run in run.partitionPoint { order($0, toPrefix: prefix) < 0 } },
        ordered.position { run in run.partitionPoint { order($0, toPrefix: prefix) <= 0 } }
      )
    }
  }

  private func order(_ row: RowID, toPrefix prefix: Bytes) -> Int {
    rows.withContents(row) { compareNaturally($0.name, toPrefix: prefix) }
  }

  private func position(of name: [UInt8]) -> NamePosition {
    name.withUnsafeBufferPointer { orderedPosition($0) }
  }

  fileprivate func position(after name: Bytes) -> NamePosition {
    ordered.position { run in
      run.partitionPoint { row in rows.withContents(row) { compareNaturally($0.name, name) <= 0 } }
    }
  }
}
