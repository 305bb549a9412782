import OctopusCollections
import OctopusRecords

/// How a query is answered: through the rarest index, or by walking names in order.
struct Plan {
  /// Rows that one constraint, or all constraints on one attribute, leave.
  enum Source {
    /// The rows of one value of the attribute at this place.
    case value(attribute: Int, Posting)
    /// The rows whose values lie between two positions.
    case range(attribute: Int, AttributeIndex.Position, AttributeIndex.Position)
  }

  /// Something that no record can fulfil: an attribute or a value that no row has.
  var isEmpty = false
  /// The rarest source, and about how many rows it has.
  var rarest: (source: Source, count: Int)?
  /// All values asked for by equality.
  var equalities: [Source] = []
  /// Whether a row of all `equalities` matches without being looked at.
  var equalitiesDecide = true

  /// Which part of all rows meets everything, if one constraint does not depend on another.
  var selectivity = 1.0

  fileprivate mutating func add(_ source: Source, count: Int, of all: Int) {
    if count == 0 { isEmpty = true }
    selectivity *= Double(count) / Double(max(all, 1))
    if count < rarest?.count ?? .max { rarest = (source, count) }
  }
}

extension Store {
  /// Chooses a plan for a query's constraints; its name is the caller's, who could also walk
  /// `walkCount` names. An index that is not there is made only where there is no other short way,
  /// and, of a large store, one in a step.
  ///
  /// - Complexity: O(log n) for each constraint; O(n log n) where an index is made.
  func plan(_ query: Query, walkCount: Int) -> Plan {
    var plan = Plan()
    if case .any = query.clause.name {} else { plan.equalitiesDecide = false }
    let terms = query.clause.terms
    var unkept: [(attribute: Int, terms: Slice<Clause.Terms>)] = []
    query.clause.withArena { arena in
      var start = 0
      while start < terms.count, !plan.isEmpty {
        let key = Bytes(rebasing: arena[terms[start].attribute.range])
        var end = start + 1
        while end < terms.count,
          compareBytes(key, Bytes(rebasing: arena[terms[end].attribute.range])) == 0
        {
          end += 1
        }
        if let attribute = attributes.find(key) {
          if attributes[attribute].isKept {
            add(terms[start..<end], of: query.clause, on: attribute, arena, to: &plan)
          } else {
            unkept.append((attribute, terms[start..<end]))
          }
        } else {
          plan.isEmpty = true
        }
        start = end
      }
      for (attribute, terms) in unkept where !plan.isEmpty {
        if min(plan.rarest?.count ?? .max, walkCount) <= unaskedLimit
          || !budget.allowsIndex(of: count)
        {
          plan.equalitiesDecide = false
        } else {
          budget.spendOnIndex(of: count)
          add(terms, of: query.clause, on: attribute, arena, to: &plan)
        }
      }
    }
    return plan
  }

  /// Adds what the constraints on one attribute say.
  private func add(
    _ terms: Slice<Clause.Terms>, of clause: Clause, on attribute: Int, _ arena: Bytes,
    to plan: inout Plan
  ) {
    let index = attributes[attribute]
    index.ask(rows)
    var range = ValueRange()
    var hasEquality = false
    for term in terms {
      switch (term.relation, term.operand) {
      case (_, .present): plan.equalitiesDecide = false
      case (_, .pattern(let pattern)):
        plan.equalitiesDecide = false
        range.narrow(toClass: .text, of: index)
        if let prefix = clause.patterns[pattern].literalPrefix {
          range.narrow(toPrefix: prefix, of: index, rows)
        }
      case (.colon, let operand), (.equal, let operand):
        // A pattern and `_` came first; every other operand is a value.
        guard let posting = index.find(operand.view(arena)!, rows) else {
          plan.isEmpty = true
          return
        }
        let source = Plan.Source.value(attribute: attribute, posting)
        plan.equalities.append(source)
        plan.add(source, count: index.rowCount(posting), of: self.count)
        hasEquality = true
      case (let relation, let operand):
        plan.equalitiesDecide = false
        range.narrow(relation, operand.view(arena)!, of: index, rows)
      }
    }
    guard !hasEquality || !range.isWhole else { return }
    let bounds = range.bounds(of: index)
    guard range.isPossible, !range.isReversed(bounds) else {
      plan.isEmpty = true
      return
    }
    plan.add(
      .range(attribute: attribute, bounds.start, bounds.end),
      count: range.isWhole ? index.count : index.rowCount(from: bounds.start, to: bounds.end),
      of: count)
  }
}

/// The part of an attribute's values that all its bounds leave.
private struct ValueRange {
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
    case .less: lower(index.bound(value, isAfter: false, rows))
    case .lessOrEqual: lower(index.bound(value, isAfter: true, rows))
    case .greater: raise(index.bound(value, isAfter: true, rows))
    case .greaterOrEqual: raise(index.bound(value, isAfter: false, rows))
    case .notEqual, .colon, .equal: break
    }
  }

  mutating func narrow(
    toPrefix prefix: [UInt8], of index: AttributeIndex, _ rows: Rows
  ) {
    prefix.withUnsafeBufferPointer { raise(index.bound(.string($0), isAfter: false, rows)) }
    var next = prefix
    // Above all texts with the prefix: the prefix with its last byte one higher. UTF-8 has no 0xff.
    guard !next.isEmpty else { return }
    next[next.count - 1] += 1
    next.withUnsafeBufferPointer { lower(index.bound(.string($0), isAfter: false, rows)) }
  }

  mutating func narrow(toClass newClass: ValueView.Class, of index: AttributeIndex) {
    if let valueClass, valueClass != newClass { isPossible = false }
    valueClass = newClass
    raise(index.start(of: newClass))
    lower(index.end(of: newClass))
  }

  private mutating func raise(_ position: AttributeIndex.Position) {
    start = max(start ?? position, position)
  }

  private mutating func lower(_ position: AttributeIndex.Position) {
    end = min(end ?? position, position)
  }
}
