import OctopusCollections
import OctopusRecords

/// What a read wants of all that matches.
package struct Wanted {
  /// At most so many, the first in natural order; nil: all.
  package var limit: Int?
  /// Only names after this plain one.
  package var after: [UInt8]?
  /// Whether the order matters; if not, any `limit` matches will do.
  package var isOrdered: Bool
  /// Whether a record of this name may be seen; nil: all.
  package var isVisible: ((Bytes) -> Bool)?

  package init(
    limit: Int? = nil, after: [UInt8]? = nil, isOrdered: Bool = true,
    isVisible: ((Bytes) -> Bool)? = nil
  ) {
    self.limit = limit
    self.after = after
    self.isOrdered = isOrdered
    self.isVisible = isVisible
  }
}

/// A read that would examine more rows than the budget has left.
package struct TooManyCandidates: Error {}

/// The answer to a query, and how it was found.
package struct Selection {
  /// Matching rows, in natural order of their names.
  package var rows: [RowID] = []
  /// The index that served, in words.
  package var index = "none"
  /// Rows that were looked at, of those that may be seen.
  package var candidates = 0
}

extension Store {
  /// The first match in natural order. Complexity: O(1) by name, else as `select`.
  package func first(
    _ query: Query, isVisible: ((Bytes) -> Bool)? = nil
  ) throws(TooManyCandidates) -> RowID? {
    if let name = exactName(query) { return self.row(name, matching: query, isVisible) }
    return try select(query, Wanted(limit: 1, isVisible: isVisible)).rows.first
  }

  /// How many records match; counts no further than `most`.
  package func count(
    _ query: Query, most: Int? = nil, isVisible: ((Bytes) -> Bool)? = nil
  ) throws(TooManyCandidates) -> Int {
    if isVisible == nil, case .any = query.clause.name {
      if query.clause.terms.isEmpty { return count }
      let plan = plan(query, walkCount: count)
      if plan.isEmpty { return 0 }
      if plan.equalitiesDecide, plan.equalities.count == 1 { return plan.rarest?.count ?? 0 }
    }
    let wanted = Wanted(limit: most, isOrdered: false, isVisible: isVisible)
    return try select(query, wanted).rows.count
  }

  /// The matching rows in natural order.
  ///
  /// Goes through the rarest index, or walks names in order where that promises to be shorter: the
  /// walk gets a budget, so a wrong guess costs no more than the index would have.
  ///
  /// - Throws: `TooManyCandidates` instead of looking at more rows than the budget allows.
  package func select(
    _ query: Query, _ wanted: Wanted
  ) throws(TooManyCandidates) -> Selection {
    var selection = Selection()
    if wanted.limit == 0 { return selection }
    if let name = exactName(query) {
      selection.index = "name"
      guard let row = row(name, matching: query, wanted.isVisible) else { return selection }
      selection.candidates = 1
      if isAfter(row, wanted) { selection.rows = [row] }
      return selection
    }
    let walk = NameWalk(query, after: wanted.after, in: self)
    if walk.count <= Store.fewNames {
      _ = try walkNames(walk, query, wanted, budget: .max, &selection)
      return selection
    }
    let plan = plan(query, walkCount: walk.count)
    if plan.isEmpty { return selection }
    guard let rarest = plan.rarest else {
      _ = try walkNames(walk, query, wanted, budget: .max, &selection)
      return selection
    }
    let budget = walkBudget(walk, plan, rarest.count, wanted)
    if budget > 0, try walkNames(walk, query, wanted, budget: budget, &selection) {
      return selection
    }
    selection.rows = []
    try collect(plan, rarest.source, query, wanted, &selection)
    if wanted.isOrdered { sort(&selection.rows, wanted) }
    return selection
  }

  // MARK: By name

  private func exactName(_ query: Query) -> Clause.Slice? {
    if case .exact(let name) = query.clause.name { name } else { nil }
  }

  private func row(
    _ name: Clause.Slice, matching query: Query, _ isVisible: ((Bytes) -> Bool)?
  ) -> RowID? {
    query.clause.withArena { arena in
      let name = Bytes(rebasing: arena[name.range])
      guard let row = find(name) else { return nil }
      guard query.clause.terms.isEmpty || rows.withContents(row, query.matches) else { return nil }
      if let isVisible, !isVisible(name) { return nil }
      return row
    }
  }

  private func isAfter(_ row: RowID, _ wanted: Wanted) -> Bool {
    guard let after = wanted.after else { return true }
    return after.withUnsafeBufferPointer { after in
      rows.withContents(row) { compareNaturally($0.name, after) > 0 }
    }
  }

  // MARK: In order of names

  /// To look at so many records is shorter than to plan how not to.
  static let fewNames = 16

  /// How many names to walk before the index is surely better; 0: do not begin.
  private func walkBudget(_ walk: NameWalk, _ plan: Plan, _ indexed: Int, _ wanted: Wanted) -> Int {
    let matches = min(indexed, max(1, Int(plan.selectivity * Double(count))))
    // An intersection of sets skips most of what is not in all of them.
    let examined = plan.equalities.count > 1 ? matches + indexed / 32 : indexed
    // What comes out of an index must be sorted, unless only the first is wanted.
    let isUnsorted = wanted.limit == 1 || !wanted.isOrdered
    let sorting = isUnsorted ? 1 : max(1, matches.bitWidth - matches.leadingZeroBitCount)
    let indexCost = examined + matches * sorting / 4
    if walk.count <= indexCost { return min(walk.count + 1, budget.left) }
    guard let limit = wanted.limit else { return 0 }
    let expected = Double(limit) * Double(walk.count) / Double(matches)
    return expected < Double(indexCost) ? min(indexCost, budget.left) : 0
  }

  /// Walks names in order; false if the budget ended before the answer was complete.
  private func walkNames(
    _ walk: NameWalk, _ query: Query, _ wanted: Wanted, budget: Int, _ selection: inout Selection
  ) throws(TooManyCandidates) -> Bool {
    selection.index = walk.description
    let limit = wanted.limit ?? .max
    var walked = 0
    for (start, end) in walk.stretches {
      let goesOn = ordered.forEach(from: start, to: end) { row in
        walked += 1
        if walked > budget || walked > self.budget.left { return false }
        if examine(row, query, wanted, &selection) { selection.rows.append(row) }
        return selection.rows.count < limit
      }
      if !goesOn { break }
    }
    // In vain: the index is to have the whole of what is left.
    if walked > budget { return false }
    if walked > self.budget.left { throw TooManyCandidates() }
    self.budget.spend(walked)
    return true
  }

  /// Whether a row matches; one that may not be seen is as good as not there.
  private func examine(
    _ row: RowID, _ query: Query, _ wanted: Wanted, _ selection: inout Selection
  ) -> Bool {
    rows.withContents(row) { contents in
      if let isVisible = wanted.isVisible, !isVisible(contents.name) { return false }
      selection.candidates += 1
      return query.matches(contents)
    }
  }

  // MARK: By attributes

  private func collect(
    _ plan: Plan, _ rarest: Plan.Source, _ query: Query, _ wanted: Wanted,
    _ selection: inout Selection
  ) throws(TooManyCandidates) {
    let decided = plan.equalitiesDecide && wanted.isVisible == nil
    let enough = wanted.isOrdered ? .max : wanted.limit ?? .max
    var found: [RowID] = []
    var examined = 0
    func visit(_ row: RowID, _ isDecided: Bool) -> Bool {
      examined += 1
      if examined > budget.left { return false }
      if isDecided {
        selection.candidates += 1
      } else if !examine(row, query, wanted, &selection) {
        return true
      }
      if wanted.after == nil || isAfter(row, wanted) { found.append(row) }
      return found.count < enough
    }
    switch rarest {
    case .value(let attribute, let posting):
      if let row = posting.row {
        selection.index = "value of \(name(attribute))"
        _ = visit(row, false)
      } else {
        let sets = equalitySets(plan)
        selection.index =
          sets.count > 1 ? "values of \(sets.count) attributes" : "value of \(name(attribute))"
        RoaringSet.forEachCommon(sets) { visit($0, decided) }
      }
    case .range(let attribute, let start, let end):
      selection.index = "range of \(name(attribute))"
      attributes[attribute].forEachRow(from: start, to: end) { visit($0, false) }
    }
    defer { budget.spend(examined) }
    if examined > budget.left { throw TooManyCandidates() }
    selection.rows = found
  }

  /// The sets of all values asked for. Only where the rarest is a set, so that all are.
  private func equalitySets(_ plan: Plan) -> [RoaringSet] {
    plan.equalities.map { source in
      guard case .value(let attribute, let posting) = source else {
        preconditionFailure("an equality is not a value")
      }
      return attributes[attribute].set(posting)
    }
  }

  private func name(_ attribute: Int) -> String {
    attributes[attribute].key.withUnsafeBufferPointer(nameText)
  }

  private func sort(_ found: inout [RowID], _ wanted: Wanted) {
    func precedes(_ a: RowID, _ b: RowID) -> Bool {
      rows.withContents(a) { a in
        rows.withContents(b) { b in compareNaturally(a.name, b.name) < 0 }
      }
    }
    if wanted.limit == 1 {
      found = found.min(by: precedes).map { [$0] } ?? []
      return
    }
    found.sort(by: precedes)
    if let limit = wanted.limit, found.count > limit { found.removeSubrange(limit...) }
  }
}
