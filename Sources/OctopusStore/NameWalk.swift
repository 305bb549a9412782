import OctopusCollections
import OctopusRecords

/// The stretches of names, in natural order, that a query's name can be among.
///
/// What a regular expression must begin with bounds them. If that ends in digits, `line12`, the names
/// are those with 12, 120 to 129, 1200 to 1299 …: a stretch for each length that there is.
struct NameWalk {
  typealias Stretch = (start: NamePosition, end: NamePosition)

  private(set) var stretches: [Stretch]
  /// How many names they have, about.
  private(set) var count = 0
  private var prefix: [UInt8] = []

  init(_ query: Query, after name: [UInt8]?, in store: borrowing Store) {
    stretches = [(store.ordered.startPosition, store.ordered.endPosition)]
    if case .pattern(let index) = query.clause.name,
      let literal = query.clause.patterns[index].literalPrefix
    {
      stretches = store.stretches(from: literal, &prefix)
    }
    if let name { skip(to: name.withUnsafeBufferPointer { store.position(after: $0) }) }
    for (start, end) in stretches { count += store.ordered.distance(from: start, to: end) }
  }

  /// In words.
  var description: String {
    prefix.isEmpty ? "names" : "names from \(prefix.withUnsafeBufferPointer(quoted))"
  }

  private mutating func skip(to position: NamePosition) {
    stretches.removeAll { $0.end <= position }
    guard let first = stretches.first, first.start < position else { return }
    stretches[0].start = position
  }
}

extension Store {
  /// The stretches for what all names must begin with, and how much of it bounds them.
  fileprivate func stretches(
    from literal: [UInt8], _ prefix: inout [UInt8]
  ) -> [NameWalk.Stretch] {
    let stem = naturalPrefix(of: literal)
    let digits = literal[stem.count...]
    prefix = stem
    let whole = stretch(withPrefix: stem)
    // Behind a zero any number can follow.
    guard let first = digits.first, first != UInt8(ascii: "0") else { return [whole] }
    prefix = literal
    let next = stem + successor(of: digits)
    var stretches: [NameWalk.Stretch] = []
    var zeros = 0
    while true {
      let padding = [UInt8](repeating: UInt8(ascii: "0"), count: zeros)
      let start = position(of: literal + padding)
      guard start < whole.end else { return stretches }
      let end = position(of: next + padding)
      if start < end {
        stretches.append((start, end))
        zeros += 1
      } else {
        // The next name has a longer number, or one as long that is higher.
        let length = rows.withContents(ordered[start]) { contents in
          contents.name.dropFirst(stem.count).drop { $0 == UInt8(ascii: "0") }
            .prefix(while: isDigit).count
        }
        // None: no more numbers.
        guard length > 0 else { return stretches }
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

  /// Where names that begin with a prefix stand; it must not end with a digit.
  private func stretch(withPrefix prefix: [UInt8]) -> NameWalk.Stretch {
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
