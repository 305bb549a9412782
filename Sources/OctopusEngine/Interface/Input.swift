import OctopusRecords

/// Names a session for as long as the engine lives. Given by the host, above 0, never twice.
package typealias SessionID = Int64

/// Names a request within its session. Given by the host.
package typealias RequestID = Int64

/// Milliseconds on a clock that only goes forward. The host's; the engine never reads one.
package typealias Instant = Int64

/// Counts changes: one up for each, below 2⁵³.
package typealias Revision = Int64

/// The identity of a session, as far as the transport knows it.
package struct Principal: Sendable, Hashable {
  package var userID: UInt32?
  package var name: String?
  /// Whether it may write reserved names.
  package var isAdministrator: Bool

  package init(userID: UInt32? = nil, name: String? = nil, isAdministrator: Bool = false) {
    self.userID = userID
    self.name = name
    self.isAdministrator = isAdministrator
  }
}

/// An input of the engine. The same inputs in the same order give the same effects.
package enum Input: Sendable {
  case opened(SessionID, Principal)
  case ended(SessionID)
  case request(SessionID, RequestID, Command)
  /// Several commands as one step: all of them, or, where one fails, none.
  case transaction(SessionID, RequestID, [Command])
  /// The request, if it still waits, is answered null.
  case cancelled(SessionID, RequestID)
  /// Time has passed: waits whose limit is over end.
  case tick
  /// All changes up to this revision are on the disk.
  case durable(Revision)
  /// There is time for a part of the work that steps have left: `Engine.hasWork`.
  case work
}
