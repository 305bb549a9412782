import OctopusCollections
import OctopusRecords

extension Store {
  /// The first match in natural order. Complexity: O(1) by name, else as `select`.
  package func first(
    _ query: Query, isVisible: ((Bytes) -> Bool)? = nil
  ) throws(ReadFailure) -> RowID? {
    if let name = exactName(query) {
      try checkBudget()
      return self.row(name, matching: query, isVisible)
    }
    return try select(query, ReadOptions(limit: 1, isVisible: isVisible)).rows.first
  }

  /// How many records match, at most `most`.
  package func count(
    _ query: Query, most: Int? = nil, isVisible: ((Bytes) -> Bool)? = nil
  ) throws(ReadFailure) -> Int {
    if isVisible == nil, case .any = query.clause.name {
      if query.clause.terms.isEmpty { return count }
      let plan = try plan(query, scanCount: count)
      if plan.isEmpty { return 0 }
      if plan.equalitiesDecide, plan.equalities.count == 1 { return plan.rarest?.count ?? 0 }
    }
    let options = ReadOptions(limit: most, isOrdered: false, isVisible: isVisible)
    return try select(query, options).rows.count
  }

  /// The matching rows in natural order.
  ///
  /// Uses the most selective index, or scans names in order if that is expected to be shorter. The
  /// scan has a limit of rows, so that a wrong estimate costs no more than the index would have.
  ///
  /// - Throws: `ReadFailure` instead of doing more work than the budget allows. A page is not
  ///   refused for that, but ends.
  package func select(
    _ query: Query, _ options: ReadOptions
  ) throws(ReadFailure) -> QueryResult {
    var result = QueryResult()
    if options.limit == 0 { return result }
    try checkBudget()
    if let name = exactName(query) {
      result.index = "name"
      guard let row = row(name, matching: query, options.isVisible) else { return result }
      result.candidates = 1
      if isAfter(row, options) { result.rows = [row] }
      return result
    }
    let scan = NameScan(query, after: options.after, in: self)
    if scan.count <= Store.fewNames {
      _ = try scanNames(scan, query, options, most: .max, &result)
      return result
    }
    let plan = try plan(query, scanCount: scan.count)
    if plan.isEmpty { return result }
    guard let rarest = plan.rarest else {
      _ = try scanNames(scan, query, options, most: .max, &result)
      return result
    }
    let most = scanLimit(scan, plan, rarest.count, options)
    if options.isPage, rarest.count * query.expectedWork + Work.sort(rarest.count) > budget.left / 2
    {
      _ = try scanNames(scan, query, options, most: .max, &result)
      return result
    }
    if options.isPage {
      let page = try? withHalfOfBudget { () throws(ReadFailure) in
        try selectByIndex(scan, plan, rarest.source, query, options, most: most)
      }
      if let page { return page }
      _ = try scanNames(scan, query, options, most: .max, &result)
      return result
    }
    return try selectByIndex(scan, plan, rarest.source, query, options, most: most)
  }

  private func selectByIndex(
    _ scan: NameScan, _ plan: Plan, _ source: Plan.Source, _ query: Query,
    _ options: ReadOptions, most: Int
  ) throws(ReadFailure) -> QueryResult {
    var result = QueryResult()
    if most > 0, try scanNames(scan, query, options, most: most, &result) { return result }
    result.rows = []
    try collect(plan, source, query, options, &result)
    if options.isOrdered { try sort(&result, options) }
    return result
  }

  /// Keeps half of the budget back for another way, should this one take more than was expected.
  private func withHalfOfBudget(
    _ body: () throws(ReadFailure) -> QueryResult
  ) throws(ReadFailure) -> QueryResult {
    let half = budget.left / 2
    budget.spend(half)
    defer { budget.spend(min(budget.left, 0) - half) }
    return try body()
  }

  /// The next matches in natural order, at most `most`, as far as the budget allows; never through
  /// an index.
  package func scan(_ query: Query, after name: [UInt8]?, most: Int) -> QueryResult {
    var result = QueryResult()
    let scan = NameScan(query, after: name, in: self)
    // A page is not refused.
    _ = try? scanNames(scan, query, ReadOptions(limit: most, isPage: true), most: .max, &result)
    return result
  }

  private func checkBudget() throws(ReadFailure) {
    if budget.isSpent { throw .budgetSpent(examined: 0) }
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
      budget.spend(Work.record)
      guard let row = find(name) else { return nil }
      guard query.clause.terms.isEmpty || rows.withContents(row, { matches($0, query) }) else {
        return nil
      }
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
  private func scanLimit(
    _ scan: NameScan, _ plan: Plan, _ indexed: Int, _ options: ReadOptions
  ) -> Int {
    let matches = min(indexed, max(1, Int(plan.selectivity * Double(count))))
    // An intersection of sets skips most of what is not in all of them.
    let examined = plan.equalities.count > 1 ? matches + indexed / 32 : indexed
    // Rows from an index must be sorted, unless only the first is needed.
    let isUnsorted = options.limit == 1 || !options.isOrdered
    let sorting = isUnsorted ? 1 : max(1, matches.bitWidth - matches.leadingZeroBitCount)
    let indexCost = examined + matches * sorting / 4
    if scan.count <= indexCost { return scan.count + 1 }
    guard let limit = options.limit else { return 0 }
    let expected = Double(limit) * Double(scan.count) / Double(matches)
    return expected < Double(indexCost) ? indexCost : 0
  }

  /// Scans names in order; false if it has scanned `most` rows before the result was complete.
  private func scanNames(
    _ scan: NameScan, _ query: Query, _ options: ReadOptions, most: Int,
    _ result: inout QueryResult
  ) throws(ReadFailure) -> Bool {
    result.index = scan.description
    let limit = options.limit ?? .max
    var scanned = 0
    var latest: RowID?
    for (start, end) in scan.ranges {
      let goesOn = ordered.forEach(from: start, to: end) { row in
        guard scanned < most, !budget.isSpent, result.rows.count < limit else { return false }
        scanned += 1
        latest = row
        if examine(row, query, options, &result) {
          result.rows.append(row)
          budget.spend(Work.match)
        }
        return true
      }
      if goesOn { continue }
      if result.rows.count >= limit || options.isPage && budget.isSpent {
        result.next = latest
        return true
      }
      if budget.isSpent { throw .budgetSpent(examined: scanned) }
      return false
    }
    return true
  }

  private func matches(_ contents: RecordContents, _ query: Query) -> Bool {
    var work = Work.record
    let isMatch = query.matches(contents, cost: &work)
    budget.spend(work)
    return isMatch
  }

  /// Whether a row is visible and matches.
  private func examine(
    _ row: RowID, _ query: Query, _ options: ReadOptions, _ result: inout QueryResult
  ) -> Bool {
    rows.withContents(row) { contents in
      if let isVisible = options.isVisible, !isVisible(contents.name) { return false }
      result.candidates += 1
      return matches(contents, query)
    }
  }

  // MARK: By attributes

  private func collect(
    _ plan: Plan, _ rarest: Plan.Source, _ query: Query, _ options: ReadOptions,
    _ result: inout QueryResult
  ) throws(ReadFailure) {
    let decided = plan.equalitiesDecide && options.isVisible == nil
    let enough = options.isOrdered ? .max : options.limit ?? .max
    var found: [RowID] = []
    var examined = 0
    func visit(_ row: RowID, _ isDecided: Bool) -> Bool {
      guard !budget.isSpent else { return false }
      examined += 1
      if isDecided {
        budget.spend(Work.match)
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
    if budget.isSpent { throw .budgetSpent(examined: examined) }
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

  /// Sorts the rows found, and takes as many as the reader wants.
  private func sort(_ result: inout QueryResult, _ options: ReadOptions) throws(ReadFailure) {
    func precedes(_ a: RowID, _ b: RowID) -> Bool {
      rows.withContents(a) { a in
        rows.withContents(b) { b in compareNaturally(a.name, b.name) < 0 }
      }
    }
    let found = result.rows.count
    if options.limit == 1 {
      budget.spend(found * Work.comparison)
      result.rows = result.rows.min(by: precedes).map { [$0] } ?? []
    } else {
      budget.spend(Work.sort(found))
      if budget.isSpent { throw .tooManyToSort(matches: found) }
      result.rows.sort(by: precedes)
    }
    guard let limit = options.limit, found > limit else { return }
    if found > 1, limit > 1 { result.rows.removeSubrange(limit...) }
    result.next = result.rows.last
  }
}
