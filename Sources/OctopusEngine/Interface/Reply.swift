import OctopusRecords

/// An answer. Records are references to what is immutable, so a reply of any size is made in a
/// bounded time, and rendered when the socket takes it.
package enum Reply: Sendable {
  case ok
  case null
  /// The answer comes later, as a push.
  case queued
  case integer(Int64)
  /// A record's text.
  case record(Record)
  /// A record's name, in text form.
  case name(Record)
  /// The fencing token of a lock, and the name of the member that holds it.
  case grant(token: Revision, Record)
  case records([Record])
  case names([Record])
  /// A plan: pairs of a field's name and its value.
  case plan([(String, PlanValue)])
  case error(Failure)
  /// `[reply, revision]`, `[reply, trigger id or null]`, a transaction's replies …
  case array([Reply])
  /// One acknowledgement a query, each a message of its own.
  case acknowledgements([Acknowledgement])

  package enum PlanValue: Sendable, Hashable {
    case text(String)
    case integer(Int64)
  }
}

/// What Redis clients expect after (P)SUBSCRIBE and (P)UNSUBSCRIBE.
package struct Acknowledgement: Sendable {
  package enum Kind: String, Sendable { case subscribe, unsubscribe, psubscribe, punsubscribe }

  package var kind: Kind
  /// The query as the client wrote it; nil when all were asked for and there were none.
  package var source: [UInt8]?
  /// How many subscriptions of both kinds the session has now.
  package var count: Int
  /// After `psubscribe`: what matches now, sent as `existing`, then `synced`.
  package var snapshot: Snapshot?

  package struct Snapshot: Sendable {
    package var records: [Record]
    package var revision: Revision
  }
}
