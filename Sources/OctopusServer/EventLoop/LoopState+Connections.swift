import OctopusEngine
import OctopusSession
import OctopusSystem

// How connections come to a loop and leave it.
extension LoopState {
  /// Takes over a connection that was accepted for this loop.
  func accept(_ descriptor: Int32, _ peer: Peer, _ place: ConnectionQuota.Place?) {
    dispatcher.counters.traffic.connectionsReceived += 1
    let state = ConnectionStateMachine(
      id: context.makeID(on: index), peer: peer, settings: context.settings,
      counters: dispatcher.counters)
    let connection = SocketConnection(descriptor, state, on: self)
    connection.place = place
    if add(connection) { dispatcher.beginSession(for: connection) }
  }

  /// Counts the connection as one of its user's, who is another before and after the password. If
  /// the user has too many, the connection closes.
  func moveToPlace(of user: Peer.User, _ connection: SocketConnection) {
    guard let place = connection.place, place.user != user else { return }
    connection.place = nil
    connection.place = context.quota.place(for: user)
    guard connection.place == nil else { return }
    context.quota.countRefusal()
    connection.protocolState.refuse(.tooManyClientsOfUser)
    dispatcher.close(connection)
  }

  /// Serves a connection from now on. False if the loop is stopped or the kernel refuses; the
  /// connection then closes with its last reference.
  func add(_ connection: SocketConnection) -> Bool {
    guard !isStopped else { return false }
    do throws(SystemError) {
      try connection.register(with: self)
      connections[connection.id] = connection
      return true
    } catch {
      context.logger.warning("\(error)")
      return false
    }
  }

  /// Gives up a connection that moves to another loop.
  func remove(_ connection: SocketConnection) {
    connections[connection.id] = nil
    connection.deregister()
  }

  /// The socket of a connection is closed.
  func didClose(_ connection: SocketConnection) {
    connections[connection.id] = nil
    connection.protocolState.beginClosing()
    dispatcher.endSession(of: connection, mayWait: true)
    dispatcher.discardOutput(of: connection)
  }

  /// Closes connections that have not given the password in time, and those that have not read
  /// their last output.
  func closeOverdue() {
    while let overdue = unauthenticated.takeDue(now: now) {
      guard let connection = connections[overdue.connection],
        connection.authenticationDeadline == overdue.deadline,
        !connection.isClosing
      else { continue }
      connection.protocolState.refuse(
        Failure(.noAuthentication, "the password has not come in time"))
      dispatcher.close(connection)
    }
    while let overdue = closing.takeDue(now: now) { connections[overdue.connection]?.closeNow() }
  }

  /// Ends all sessions and connections, and writes what the clients take at once.
  func closeAll() {
    for connection in Array(connections.values) { dispatcher.close(connection) }
    dispatcher.drain()
    for connection in Array(connections.values) { connection.closeNow() }
  }
}
