import OctopusCollections
import OctopusRecords

extension Store {
  /// The first match in natural order. Complexity: O(1) by name, else as `select`.
  package func first(
    _ query: Query, isVisible: ((Bytes) -> Bool)? = nil
  ) throws(TooManyCandidates) -> RowID? {
    if let name = exactName(query) { return self.row(name, matching: query, isVisible) }
    return try select(query, ReadOptions(limit: 1, isVisible: isVisible)).rows.first
  }

  /// How many records match, at most `most`.
  package func count(
    _ query: Query, most: Int? = nil, isVisible: ((Bytes) -> Bool)? = nil
  ) throws(TooManyCandidates) -> Int {
    if isVisible == nil, case .any = query.clause.name {
      if query.clause.terms.isEmpty { return count }
      let plan = plan(query, scanCount: count)
      if plan.isEmpty { return 0 }
      if plan.equalitiesDecide, plan.equalities.count == 1 { return plan.rarest?.count ?? 0 }
    }
    let options = ReadOptions(limit: most, isOrdered: false, isVisible: isVisible)
    return try select(query, options).rows.count
  }

  /// The matching rows in natural order.
  ///
  /// Uses the most selective index, or scans names in order if that is expected to be shorter. The
  /// scan has a budget, so that a wrong estimate costs no more than the index would have.
  ///
  /// - Throws: `TooManyCandidates` instead of examining more rows than the budget allows.
  package func select(
    _ query: Query, _ options: ReadOptions
  ) throws(TooManyCandidates) -> QueryResult {
    var result = QueryResult()
    if options.limit == 0 { return result }
    if let name = exactName(query) {
      result.index = "name"
      guard let row = row(name, matching: query, options.isVisible) else { return result }
      result.candidates = 1
      if isAfter(row, options) { result.rows = [row] }
      return result
    }
    let scan = NameScan(query, after: options.after, in: self)
    if scan.count <= Store.fewNames {
      _ = try scanNames(scan, query, options, budget: .max, &result)
      return result
    }
    let plan = plan(query, scanCount: scan.count)
    if plan.isEmpty { return result }
    guard let rarest = plan.rarest else {
      _ = try scanNames(scan, query, options, budget: .max, &result)
      return result
    }
    let budget = scanBudget(scan, plan, rarest.count, options)
    if budget > 0, try scanNames(scan, query, options, budget: budget, &result) {
      return result
    }
    result.rows = []
    try collect(plan, rarest.source, query, options, &result)
    if options.isOrdered { sort(&result.rows, options) }
    return result
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

  private func isAfter(_ row: RowID, _ options: ReadOptions) -> Bool {
    guard let after = options.after else { return true }
    return after.withUnsafeBufferPointer { after in
      rows.withContents(row) { compareNaturally($0.name, after) > 0 }
    }
  }

  // MARK: In order of names

  /// To examine n records costs less than to plan.
  static let fewNames = 16

  /// How many names to scan before the index is surely better; 0: do not scan.
  private func scanBudget(_ scan: NameScan, _ plan: Plan, _ indexed: Int, _ options: ReadOptions)
    -> Int
  {
    let matches = min(indexed, max(1, Int(plan.selectivity * Double(count))))
    // An intersection of sets skips most of what is not in all of them.
    let examined = plan.equalities.count > 1 ? matches + indexed / 32 : indexed
    // Rows from an index must be sorted, unless only the first is needed.
    let isUnsorted = options.limit == 1 || !options.isOrdered
    let sorting = isUnsorted ? 1 : max(1, matches.bitWidth - matches.leadingZeroBitCount)
    let indexCost = examined + matches * sorting / 4
    if scan.count <= indexCost { return min(scan.count + 1, budget.left) }
    guard let limit = options.limit else { return 0 }
    let expected = Double(limit) * Double(scan.count) / Double(matches)
    return expected < Double(indexCost) ? min(indexCost, budget.left) : 0
  }

  /// Scans names in order; false if the budget ended before the result was complete.
  private func scanNames(
    _ scan: NameScan, _ query: Query, _ options: ReadOptions, budget: Int,
    _ result: inout QueryResult
  ) throws(TooManyCandidates) -> Bool {
    result.index = scan.description
    let limit = options.limit ?? .max
    var scanned = 0
    for (start, end) in scan.ranges {
      let goesOn = ordered.forEach(from: start, to: end) { row in
        scanned += 1
        if scanned > budget || scanned > self.budget.left { return false }
        if examine(row, query, options, &result) { result.rows.append(row) }
        return result.rows.count < limit
      }
      if !goesOn { break }
    }
    // A failed scan does not count: the index gets the whole budget that is left.
    if scanned > budget { return false }
    if scanned > self.budget.left { throw TooManyCandidates() }
    self.budget.spend(scanned)
    return true
  }

  /// Whether a row is visible and matches.
  private func examine(
    _ row: RowID, _ query: Query, _ options: ReadOptions, _ result: inout QueryResult
  ) -> Bool {
    rows.withContents(row) { contents in
      if let isVisible = options.isVisible, !isVisible(contents.name) { return false }
      result.candidates += 1
      return query.matches(contents)
    }
  }

  // MARK: By attributes

  private func collect(
    _ plan: Plan, _ rarest: Plan.Source, _ query: Query, _ options: ReadOptions,
    _ result: inout QueryResult
  ) throws(TooManyCandidates) {
    let decided = plan.equalitiesDecide && options.isVisible == nil
    let enough = options.isOrdered ? .max : options.limit ?? .max
    var found: [RowID] = []
    var examined = 0
    func visit(_ row: RowID, _ isDecided: Bool) -> Bool {
      examined += 1
      if examined > budget.left { return false }
      if isDecided {
        result.candidates += 1
      } else if !examine(row, query, options, &result) {
        return true
      }
      if options.after == nil || isAfter(row, options) { found.append(row) }
      return found.count < enough
    }
    switch rarest {
    case .value(let attribute, let posting):
      if let row = posting.row {
        result.index = "value of \(name(attribute))"
        _ = visit(row, false)
      } else {
        let sets = equalitySets(plan)
        result.index =
          sets.count > 1 ? "values of \(sets.count) attributes" : "value of \(name(attribute))"
        RoaringSet.forEachCommon(sets) { visit($0, decided) }
      }
    case .range(let attribute, let start, let end):
      result.index = "range of \(name(attribute))"
      attributes[attribute].forEachRow(from: start, to: end) { visit($0, false) }
    }
    defer { budget.spend(examined) }
    if examined > budget.left { throw TooManyCandidates() }
    result.rows = found
  }

  /// The sets of all equalities. The rarest is a set, so all are.
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

  private func sort(_ found: inout [RowID], _ options: ReadOptions) {
    func precedes(_ a: RowID, _ b: RowID) -> Bool {
      rows.withContents(a) { a in
        rows.withContents(b) { b in compareNaturally(a.name, b.name) < 0 }
      }
    }
    if options.limit == 1 {
      found = found.min(by: precedes).map { [$0] } ?? []
      return
    }
    found.sort(by: precedes)
    if let limit = options.limit, found.count > limit { found.removeSubrange(limit...) }
  }
}
