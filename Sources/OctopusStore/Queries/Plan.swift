import OctopusCollections
import OctopusRecords

/// How a query is answered: through the most selective index, or by a scan of names in order.
struct Plan {
  /// Rows that one constraint, or all constraints on one attribute, leave.
  enum Source {
    /// The rows of one value of an attribute.
    case value(attribute: Int, Posting)
    /// The rows whose values lie between two positions.
    case range(attribute: Int, AttributeIndex.Position, AttributeIndex.Position)
  }

  /// Whether no record can match: no row has an attribute or a value.
  var isEmpty = false
  /// The source with the fewest rows, and about how many it has.
  var rarest: (source: Source, count: Int)?
  /// All values asked for by equality.
  var equalities: [Source] = []
  /// Whether each row of all `equalities` matches, so that none needs to be verified.
  var equalitiesDecide = true

  /// The part of all rows that matches, if the constraints are independent.
  var selectivity = 1.0

  fileprivate mutating func add(_ source: Source, count: Int, of all: Int) {
    if count == 0 { isEmpty = true }
    selectivity *= Double(count) / Double(max(all, 1))
    if count < rarest?.count ?? .max { rarest = (source, count) }
  }
}

extension Store {
  /// Chooses a plan for a query's constraints. The caller could instead scan `scanCount` names. An
  /// index that is not materialized is sorted only if there is no other short way.
  ///
  /// - Throws: `needsIndex` if to sort an index would take more than half of the work left.
  /// - Complexity: O(log n) for each constraint; O(n log n) for an index that is sorted.
  func plan(_ query: Query, scanCount: Int) throws(ReadFailure) -> Plan {
    var plan = Plan()
    if case .any = query.clause.name {} else { plan.equalitiesDecide = false }
    let terms = query.clause.terms
    var unmaterialized: [(attribute: Int, terms: Slice<Clause.Terms>)] = []
    var needsIndex = false
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
          let index = attributes[attribute]
          if index.isMaterialized {
            if index.materialize(rows, budget) {
              add(terms[start..<end], of: query.clause, on: attribute, arena, to: &plan)
            } else {
              needsIndex = true
              builds.begin(index)
            }
          } else {
            unmaterialized.append((attribute, terms[start..<end]))
          }
        } else {
          plan.isEmpty = true
        }
        start = end
      }
      for (attribute, terms) in unmaterialized where !plan.isEmpty {
        let index = attributes[attribute]
        let work = index.sortingWork(rows)
        if min(plan.rarest?.count ?? .max, scanCount) <= lazyThreshold {
          plan.equalitiesDecide = false
        } else if work <= budget.left / 2, !index.isBuilding, index.materialize(rows, budget) {
          budget.spend(work)
          add(terms, of: query.clause, on: attribute, arena, to: &plan)
        } else {
          needsIndex = true
          builds.begin(index)
        }
      }
    }
    if needsIndex { throw .needsIndex }
    return plan
  }

  /// Adds the constraints on one attribute.
  private func add(
    _ terms: Slice<Clause.Terms>, of clause: Clause, on attribute: Int, _ arena: Bytes,
    to plan: inout Plan
  ) {
    let index = attributes[attribute]
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
