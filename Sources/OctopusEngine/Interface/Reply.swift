import OctopusRecords

/// An answer. Records are references to what is immutable, so a reply of any size is made in a
/// bounded time, and rendered when the socket takes it.
package enum Reply: Sendable {
  case ok
  case null
  /// A deferred command was accepted: its reply comes later, with its tag.
  case deferred
  case integer(Int64)
  /// A record's text.
  case record(Record)
  /// A record's name, in text form.
  case name(Record)
  /// The fencing token of a lock, and the name of the member that holds it.
  case grant(token: Revision, Record)
  case records([Record])
  case names([Record])
  /// A part of an answer, and the record after whose name the next part begins; nil: this is the
  /// last.
  indirect case page(next: Record?, Reply)
  /// Indirect: it would make every reply twice as big.
  indirect case plan(PlanDescription)
  case error(Failure)
  /// `[reply, revision]`, `[reply, trigger id or null]`, a transaction's replies …
  case array([Reply])
  /// One acknowledgement a query, each a message of its own.
  case acknowledgements([Acknowledgement])
}

/// How a query is answered, for EXPLAIN.
package struct PlanDescription: Sendable, Hashable {
  package var query: String
  /// The index that serves, in words.
  package var index: String
  /// How many records were examined, matched, and exist.
  package var candidates: Int
  package var matches: Int
  package var records: Int

  package init(query: String, index: String, candidates: Int, matches: Int, records: Int) {
    self.query = query
    self.index = index
    self.candidates = candidates
    self.matches = matches
    self.records = records
  }
}

/// The answer for one query of a command that subscribes or unsubscribes.
package struct Acknowledgement: Sendable {
  package enum Kind: Sendable {
    case subscribed, unsubscribed, patternSubscribed, patternUnsubscribed
  }

  package var kind: Kind
  /// The query as the client wrote it; nil when all subscriptions were to end and there were none.
  package var source: [UInt8]?
  /// How many subscriptions of both kinds the session has now.
  package var count: Int
  /// For a new pattern subscription: the records that match now.
  package var snapshot: Snapshot?

  package struct Snapshot: Sendable {
    package var records: [Record]
    package var revision: Revision
  }
}
