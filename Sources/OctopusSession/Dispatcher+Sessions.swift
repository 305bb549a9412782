import OctopusCollections
import OctopusEngine

// How sessions begin and end.
extension Dispatcher {
  /// Begins a session for a connection that is authenticated, in place of the one that it has.
  package func beginSession(for connection: ClientConnection) {
    endSession(of: connection)
    if connection.protocolState.isAuthenticated {
      let session = host.makeSessionID()
      connection.protocolState.session = session
      sessions[session] = connection
      step(.opened(session, connection.protocolState.peer.principal))
    }
    host.didBeginSession(connection)
  }

  /// Ends the session of the connection, or the session whose events it carries.
  ///
  /// - Parameter mayWait: whether the engine may end it a little later, if others have waited too
  ///   long already. Not if the client itself asks for its end.
  package func endSession(of connection: ClientConnection, mayWait: Bool = false) {
    host.willEndSession(connection)
    if let bound = connection.boundConnection {
      connection.boundConnection = nil
      bound.eventConnection = nil
      close(bound)
    }
    guard let session = connection.protocolState.session else { return }
    connection.protocolState.session = nil
    sessions[session] = nil
    if let carrier = connection.eventConnection {
      connection.eventConnection = nil
      carrier.boundConnection = nil
      close(carrier)
    }
    guard mayWait, host.isPassOver else { return endInEngine(session) }
    endingSessions.append(session, of: connection.protocolState.peer.user)
  }

  private func endInEngine(_ session: SessionID) {
    step(.ended(session))
    host.didEndSession()
  }

  /// How many sessions have no connection any more, and are still to end in the engine.
  package var endingSessionCount: Int { endingSessions.count }

  /// Ends sessions that others had no time for, at least one.
  func endSessions() {
    guard !endingSessions.isEmpty else { return }
    host.extendPass()
    while let session = endingSessions.popFirst() {
      endInEngine(session)
      if host.isPassOver { return }
    }
  }

  /// Ends the session, and the connection when its output is written.
  package func close(_ connection: ClientConnection, mayWait: Bool = false) {
    connection.protocolState.beginClosing()
    endSession(of: connection, mayWait: mayWait)
    enqueueToWrite(connection)
    host.didBeginClosing(connection)
  }

  /// Ends a session whose client does not read, or whose queries cost too much, on both of its
  /// connections.
  func overflow(_ connection: ClientConnection, _ reason: Overflow = .events) {
    counters.traffic.connectionsOverflowed += 1
    let message =
      switch reason {
      case .events: "events were not read in time: the session has ended"
      case .patterns:
        "the regular expressions of this session's triggers or subscriptions took too long to "
          + "search a record: the session has ended"
      }
    drop(connection, Failure(.overflow, message))
  }

  /// Ends a session for which the server holds too much, on both of its connections.
  package func drop(_ connection: ClientConnection, _ reason: Failure) {
    let partner = connection.boundConnection ?? connection.eventConnection
    connection.protocolState.drop(reason, into: &discarded)
    partner?.protocolState.drop(reason, into: &discarded)
    close(connection, mayWait: true)
  }
}

// BIND: over RESP2 a second connection carries a session's events.
extension Dispatcher {
  /// Makes a connection carry the events of another's session. Both must belong to this dispatcher,
  /// so that what is written on the two has one order.
  ///
  /// - Parameter target: the other connection; nil if there is none with that id.
  package func bind(
    _ connection: ClientConnection, to target: ClientConnection?, id: Int64
  ) {
    do throws(Failure) {
      let target = try checkBinding(of: connection, to: target, id: id)
      endSession(of: connection)
      connection.boundConnection = target
      connection.protocolState.beginCarrying(eventsOf: id)
      target.eventConnection = connection
      target.protocolState.hasEventConnection = true
      answer(connection) { $0.simple("OK") }
    } catch {
      refuse(connection, error)
    }
  }

  private func checkBinding(
    of connection: ClientConnection, to target: ClientConnection?, id: Int64
  ) throws(Failure) -> ClientConnection {
    guard let target, target !== connection, target.protocolState.session != nil else {
      throw Failure(.error, "no such client: \(id)")
    }
    guard target.protocolState.peer.principal == connection.protocolState.peer.principal else {
      throw Failure(.noPermission, "client \(id) is another user's")
    }
    guard target.protocolState.version == .two else {
      throw Failure(.error, "client \(id) speaks RESP3: its events come on its own connection")
    }
    guard target.eventConnection == nil else {
      throw Failure(.busy, "client \(id) has its event binding already")
    }
    return target
  }
}
