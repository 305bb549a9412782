import OctopusCollections

/// The open sessions. What belongs to a session (records, watches, waits, subscriptions) stands in
/// the tables of these, by its id.
struct SessionTable {
  private var principals = IDMap<Principal>()

  var count: Int { principals.count }

  mutating func open(_ session: SessionID, _ principal: Principal) {
    precondition(session > 0 && !isOpen(session), "session \(session) is open already")
    principals[session] = principal
  }

  /// Closes a session; false if it was not open.
  mutating func close(_ session: SessionID) -> Bool {
    principals.removeValue(forKey: session) != nil
  }

  func isOpen(_ session: SessionID) -> Bool { principals.contains(session) }

  func isAdministrator(_ session: SessionID) -> Bool {
    principals[session]?.isAdministrator ?? false
  }
}
