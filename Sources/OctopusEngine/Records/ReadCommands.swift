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
      let matches = try matches(query, page)
      return outcome(.names(matches), isFound: !matches.isEmpty)
    case .find(let query, let page):
      let matches = try matches(query, page)
      return outcome(.records(matches), isFound: !matches.isEmpty)
    case .exists(let queries): return try exists(queries)
    case .count(let query): return outcome(.integer(Int64(try records.count(query))))
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
    let selection = try records.select(query)
    return PlanDescription(
      query: query.description, index: selection.index, candidates: selection.candidates,
      matches: selection.rows.count, records: records.count)
  }

  /// The matching records, in natural order of their names.
  func matches(_ query: Query, _ page: Page = Page()) throws(Failure) -> [Record] {
    try records.select(query, page).rows.map { records[$0].record }
  }
}
