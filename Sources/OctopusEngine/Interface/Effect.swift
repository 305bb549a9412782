import OctopusRecords

/// An output of the engine. The host delivers effects in their order.
///
/// Each carries the revision that it reflects.
package enum Effect: Sendable {
  /// The answer to a request, perhaps of an earlier step.
  case reply(SessionID, RequestID, Reply, Revision)
  /// The answer to a deferred request, with its tag. It comes after the reply `deferred`.
  case deferred(SessionID, tag: [UInt8], Reply, Revision)
  /// An event, for all triggers and pattern subscriptions that want it.
  case event(Event, [Delivery])
  /// A published record, for all subscriptions that it matches.
  case message(Record, [Subscriber], Revision)
  /// What follows, up to the next of these, is to be shown only once all changes up to this
  /// revision are on the disk; 0: at once. The engine has none of these: a host adds them.
  case hold(until: Revision)
  /// This session has had too much done for it, and gets no more: the host must end it.
  case overflow(SessionID, Overflow)
}

/// The reason why the host must end a session.
package enum Overflow: Sendable {
  /// A step had more events for it than a session may leave unread, or it did not read them in
  /// time.
  case events
  /// Its regular expressions took too long to search what others wrote or published.
  case patterns
}

package struct Event: Sendable {
  package enum Kind: String, Sendable { case set, del, out, removed }

  package var kind: Kind
  package var revision: Revision
  /// Nil for `removed`.
  package var record: Record?
  /// The record's revision before this change; 0: it is new.
  package var previous: Revision
}

/// One recipient of an event.
package struct Delivery: Sendable {
  package var session: SessionID
  package var sink: Sink
  /// Whether the trigger was removed with this event. A `removed` event is always the last.
  package var isLast: Bool

  package enum Sink: Sendable {
    /// The session's trigger with this id.
    case trigger(TriggerID)
    /// The session's pattern subscription with this query, as the client wrote it.
    case pattern([UInt8])
  }
}

package struct Subscriber: Sendable {
  package var session: SessionID
  /// The query as the client wrote it.
  package var source: [UInt8]
}

package struct Change: Sendable {
  package var revision: Revision
  package var before: Stored?
  package var after: Stored?

  package struct Stored: Sendable {
    package var record: Record
    package var revision: Revision
    /// The revision at which a record of this name came to be.
    package var created: Revision
    /// The session whose end deletes it.
    package var owner: SessionID?

    package init(record: Record, revision: Revision, created: Revision, owner: SessionID?) {
      self.record = record
      self.revision = revision
      self.created = created
      self.owner = owner
    }
  }
}
