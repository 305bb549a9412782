import OctopusEngine
import OctopusRecords

// Coming and going.
extension Loop {
  /// A connection was accepted for this loop.
  func accept(_ descriptor: Int32, _ peer: Peer) {
    tally.connectionsReceived += 1
    let connection = Connection(
      id: hub.nextID(on: index), peer: peer, shared: hub.shared, tally: tally)
    let handler = ConnectionHandler(connection, on: self)
    if enter(handler) { beginSession(for: handler) }
  }

  /// A connection lives here from now on, unless the loop has ended or the kernel has no room for that.
  func enter(_ handler: ConnectionHandler) -> Bool {
    guard !isStopped else { return false }
    do throws(SystemError) {
      try handler.arrive(on: self)
      clients[handler.connection.id] = handler
      return true
    } catch {
      hub.logger.warning("\(error)")
      return false
    }
  }

  /// The client will say no more, and has what it asked for so far, or waits in vain for more.
  func inputEnded(_ handler: ConnectionHandler) {
    close(handler)
  }

  /// The socket is closed.
  func leave(_ handler: ConnectionHandler) {
    clients[handler.connection.id] = nil
    handler.connection.beginClosing()
    endSession(of: handler)
  }

  /// Begins a session, for a connection that may have one; else waits for the password.
  func beginSession(for handler: ConnectionHandler) {
    endSession(of: handler)
    guard handler.connection.isAuthenticated else {
      // RESET is no reason to wait longer.
      if handler.dismissedAt == nil {
        handler.dismissedAt = strangers.begin(with: handler.connection.id, now: now)
      }
      return
    }
    handler.dismissedAt = nil
    let session = hub.nextID(on: index)
    handler.connection.session = session
    sessions[session] = handler
    step(.opened(session, handler.connection.peer.principal))
  }

  /// Lets those go that have not given the password in time, or not read why they were told to go.
  func dismissLate() {
    while let late = strangers.takeDue(now: now) {
      guard let handler = clients[late.client], handler.dismissedAt == late.end,
        !handler.connection.isClosing
      else { continue }
      handler.connection.answer(
        Failure(.noAuthentication, "the password has not come in time"))
      close(handler)
    }
    while let late = lingering.takeDue(now: now) { clients[late.client]?.closeAtOnce() }
  }

  /// Ends what the connection was part of: its session, or the one whose events it carried.
  func endSession(of handler: ConnectionHandler) {
    stopMonitoring(handler)
    if let carried = handler.carriedHandler {
      handler.carriedHandler = nil
      carried.eventHandler = nil
      close(carried)
    }
    guard let session = handler.connection.session else { return }
    handler.connection.session = nil
    sessions[session] = nil
    if let carrier = handler.eventHandler {
      handler.eventHandler = nil
      carrier.carriedHandler = nil
      close(carrier)
    }
    step(.ended(session))
  }

  /// Ends the session now, and the connection when its output is written.
  func close(_ handler: ConnectionHandler) {
    handler.connection.beginClosing()
    endSession(of: handler)
    markDirty(handler)
    _ = lingering.begin(with: handler.connection.id, now: now)
  }

  /// Ends a session whose client does not read, on both of its connections.
  func overflow(_ handler: ConnectionHandler) {
    let partner = handler.carriedHandler ?? handler.eventHandler
    handler.connection.overflow()
    partner?.connection.overflow()
    tally.connectionsOverflowed += 1
    close(handler)
  }

  func startMonitoring(_ handler: ConnectionHandler) {
    guard monitors.updateValue(handler, forKey: handler.connection.id) == nil else { return }
    handler.isMonitor = true
    hub.monitorCount.change(by: 1)
  }

  private func stopMonitoring(_ handler: ConnectionHandler) {
    guard monitors.removeValue(forKey: handler.connection.id) != nil else { return }
    handler.isMonitor = false
    hub.monitorCount.change(by: -1)
  }

  /// For another loop that this connection moves to.
  func release(_ handler: ConnectionHandler) {
    clients[handler.connection.id] = nil
    handler.stopListening()
  }

  /// Shows a line to the monitoring clients here, but not to the one that it is about.
  func show(_ line: [UInt8], about client: Int64) {
    for handler in monitors.values where handler.connection.id != client {
      handler.connection.outbox.append(line: line) ? markDirty(handler) : overflow(handler)
    }
  }
}

// The end.
extension Loop {
  /// Ends all sessions and connections here; what can be written is.
  func closeAll() {
    for handler in Array(clients.values) { close(handler) }
    write()
    for handler in Array(clients.values) { handler.closeAtOnce() }
  }
}
