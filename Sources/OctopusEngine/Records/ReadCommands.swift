import OctopusRecords
import OctopusStore

// GET, NAMES, FIND, EXISTS, COUNT, EXPLAIN, DBSIZE.

extension Engine {
  /// Carries out a read; nil if the operation is none. It needs no transaction.
  // Mutating only in name: an engine that is lent to be read is copied to the stack, byte by byte.
  mutating func read(_ operation: Operation) throws(Failure) -> Outcome? {
    switch operation {
    case .get(let query): return try get(query)
    case .names(let query, let page):
      return try pageOutcome(query, page) { .names($0) }
    case .find(let query, let page):
      return try pageOutcome(query, page) { .records($0) }
    case .exists(let queries): return try exists(queries)
    case .count(let query): return outcome(.integer(Int64(try records.count(query))))
    case .countPage(let query, let after):
      let page = try records.select(query, Page(after: after, hasCursor: true))
      let count = Int64(page.rows.count)
      let next = page.next.map { records[$0].record }
      return outcome(.page(next: next, .integer(count)), isFound: count > 0)
    case .explain(let query): return outcome(.plan(try explain(query)))
    case .size: return outcome(.integer(Int64(records.count)))
    default: return nil
    }
  }

  /// With REV: the record's own revision, which IF compares; 0 if there is none.
  private func get(_ query: Query) throws(Failure) -> Outcome {
    guard let row = try records.first(query) else { return Outcome(reply: .null, revision: 0) }
    return Outcome(reply: .record(row.record), revision: row.revision, isFound: true)
  }

  private func exists(_ queries: [Query]) throws(Failure) -> Outcome {
    var count: Int64 = 0
    for query in queries where try records.count(query, most: 1) > 0 { count += 1 }
    return outcome(.integer(count), isFound: count > 0)
  }

  private func explain(_ query: Query) throws(Failure) -> PlanDescription {
    // A query that would be refused is explained too.
    let selection = try records.select(query, Page(hasCursor: true))
    let index = selection.next == nil ? selection.index : "\(selection.index), more than a step"
    return PlanDescription(
      query: query.description, index: index, candidates: selection.candidates,
      matches: selection.rows.count, records: records.count)
  }

  private func pageOutcome(
    _ query: Query, _ page: Page, _ list: ([Record]) -> Reply
  ) throws(Failure) -> Outcome {
    let result = try records.select(query, page)
    let matches = list(result.rows.map { records[$0].record })
    let reply: Reply =
      page.hasCursor
      ? .page(next: result.next.map { records[$0].record }, matches) : matches
    return outcome(reply, isFound: !result.rows.isEmpty)
  }

  /// The matching records, in natural order of their names.
  func matches(_ query: Query, _ page: Page = Page()) throws(Failure) -> [Record] {
    try records.select(query, page).rows.map { records[$0].record }
  }
}
