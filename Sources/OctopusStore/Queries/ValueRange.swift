import OctopusRecords

/// The range of an attribute's values that satisfies all bounds on the attribute.
struct ValueRange {
  private var start: AttributeIndex.Position?
  private var end: AttributeIndex.Position?

  var isWhole: Bool { start == nil && end == nil }
  private(set) var isPossible = true
  private var valueClass: ValueView.Class?

  func bounds(
    of index: AttributeIndex
  ) -> (start: AttributeIndex.Position, end: AttributeIndex.Position) {
    (start ?? index.values.startPosition, end ?? index.values.endPosition)
  }

  func isReversed(
    _ bounds: (start: AttributeIndex.Position, end: AttributeIndex.Position)
  ) -> Bool {
    bounds.end <= bounds.start
  }

  mutating func narrow(
    _ relation: Clause.Relation, _ value: ValueView, of index: AttributeIndex,
    _ rows: Rows
  ) {
    narrow(toClass: value.valueClass, of: index)
    switch relation {
    case .less: lower(index.lowerBound(value, rows))
    case .lessOrEqual: lower(index.upperBound(value, rows))
    case .greater: raise(index.upperBound(value, rows))
    case .greaterOrEqual: raise(index.lowerBound(value, rows))
    case .notEqual, .colon, .equal: break
    }
  }

  mutating func narrow(
    toPrefix prefix: [UInt8], of index: AttributeIndex, _ rows: Rows
  ) {
    prefix.withUnsafeBufferPointer { raise(index.lowerBound(.string($0), rows)) }
    var next = prefix
    // The least text above all with the prefix has its last byte one higher. UTF-8 has no 0xff.
    guard !next.isEmpty else { return }
    next[next.count - 1] += 1
    next.withUnsafeBufferPointer { lower(index.lowerBound(.string($0), rows)) }
  }

  mutating func narrow(toClass newClass: ValueView.Class, of index: AttributeIndex) {
    if let valueClass, valueClass != newClass { isPossible = false }
    valueClass = newClass
    let positions = index.positions(of: newClass)
    raise(positions.lowerBound)
    lower(positions.upperBound)
  }

  private mutating func raise(_ position: AttributeIndex.Position) {
    start = max(start ?? position, position)
  }

  private mutating func lower(_ position: AttributeIndex.Position) {
    end = min(end ?? position, position)
  }
}
