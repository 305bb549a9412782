import OctopusRecords
import OctopusStore

// GET, NAMES, FIND, EXISTS, COUNT, EXPLAIN.

extension Engine {
  /// With REV: the record's own revision, which IF compares; 0 if there is none.
  func get(_ query: Query, _ session: SessionID) throws(Failure) -> Outcome {
    guard let row = try first(query, session) else {
      return Outcome(reply: .null, revision: 0)
    }
    return Outcome(reply: .record(row.record), revision: row.revision, isFound: true)
  }

  func exists(_ queries: [Query], _ session: SessionID) throws(Failure) -> Outcome {
    var count: Int64 = 0
    for query in queries where try self.count(query, most: 1, session) > 0 { count += 1 }
    return outcome(.integer(count), isFound: count > 0)
  }

  /// The first match in natural order.
  func first(_ query: Query, _ session: SessionID) throws(Failure) -> Row? {
    do { return try store.first(query, isVisible: visibility(session)).map { store[$0] } } catch {
      throw tooManyCandidates
    }
  }

  func count(
    _ query: Query, most: Int? = nil, _ session: SessionID
  ) throws(Failure) -> Int {
    do { return try store.count(query, most: most, isVisible: visibility(session)) } catch {
      throw tooManyCandidates
    }
  }

  func records(
    _ query: Query, _ page: Page, _ session: SessionID
  ) throws(Failure) -> [Record] {
    try select(query, page, session).rows.map { store[$0].record }
  }

  func select(
    _ query: Query, _ page: Page, _ session: SessionID
  ) throws(Failure) -> QueryResult {
    let wanted = ReadOptions(limit: page.limit, after: page.after, isVisible: visibility(session))
    do { return try store.select(query, wanted) } catch { throw tooManyCandidates }
  }

  func explain(
    _ query: Query, _ session: SessionID
  ) throws(Failure) -> [(String, Reply.PlanValue)] {
    let selection = try select(query, Page(), session)
    return [
      ("query", .text(query.description)),
      ("index", .text(selection.index)),
      ("candidates", .integer(Int64(selection.candidates))),
      ("matches", .integer(Int64(selection.rows.count))),
      ("records", .integer(Int64(try size(session)))),
    ]
  }

  /// How many records there are.
  func size(_ session: SessionID) throws(Failure) -> Int { try count(.all, session) }

  /// What a session may see; nil: everything.
  func visibility(_ session: SessionID) -> ((Bytes) -> Bool)? {
    guard let isVisible, let principal = sessions[session]?.principal else { return nil }
    return { isVisible(principal, $0) }
  }

  func isVisible(_ record: Record, to session: SessionID) -> Bool {
    guard let isVisible, let principal = sessions[session]?.principal else { return true }
    return record.withContents { isVisible(principal, $0.name) }
  }

  private var tooManyCandidates: Failure {
    Failure(
      .limit,
      "more than \(bounds.candidates) records would have to be examined in one step: ask for a page, "
        + "or by an attribute that fewer have")
  }
}

extension Query {
  fileprivate static let all: Query = "_"
}
