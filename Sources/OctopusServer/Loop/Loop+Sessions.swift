import NIOCore
import NIOPosix
import OctopusEngine
import OctopusRecords

// Coming and going.
extension Loop {
  /// A connection was accepted for this loop. For other threads.
  func welcome(_ descriptor: Int32, _ peer: Peer) {
    eventLoop.execute { [self] in
      tally.connectionsReceived += 1
      let connection = Connection(
        id: hub.nextID(on: index), peer: peer, shared: hub.shared, tally: tally)
      _ = adopt(ConnectionHandler(connection, on: self), descriptor)
    }
  }

  /// Gives a connection its socket.
  func adopt(_ handler: ConnectionHandler, _ descriptor: Int32) -> EventLoopFuture<Void> {
    let bound = NIOLoopBound(handler, eventLoop: eventLoop)
    return ClientBootstrap(group: eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(bound.value)
        }
      }
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.autoRead, value: false)
      .withConnectedSocket(descriptor)
      .map { _ in }
  }

  func enter(_ handler: ConnectionHandler) {
    now = Clock.monotonicMicroseconds()
    clients[handler.connection.id] = handler
    busyPoll?.add(handler.connection.peer.descriptor)
    beginSession(for: handler)
    settle()
  }

  /// The client will say no more, and has what it asked for so far.
  func inputEnded(_ handler: ConnectionHandler) {
    now = Clock.monotonicMicroseconds()
    close(handler)
    settle()
  }

  /// The socket is closed.
  func leave(_ handler: ConnectionHandler) {
    now = Clock.monotonicMicroseconds()
    guard clients[handler.connection.id] === handler else { return }
    clients[handler.connection.id] = nil
    handler.dismissal?.cancel()
    handler.connection.beginClosing()
    endSession(of: handler)
    settle()
  }

  /// Begins a session, for a connection that may have one; else waits for the password.
  func beginSession(for handler: ConnectionHandler) {
    endSession(of: handler)
    handler.dismissal?.cancel()
    guard handler.connection.isAuthenticated else {
      handler.dismissal = eventLoop.scheduleTask(in: hub.strangerTime) {
        [weak self, weak handler] in
        if let self, let handler { dismiss(handler) }
      }
      return
    }
    let session = hub.nextID(on: index)
    handler.connection.session = session
    sessions[session] = handler
    step(.opened(session, handler.connection.peer.principal))
  }

  /// Lets a connection go that has not given the password in time.
  private func dismiss(_ handler: ConnectionHandler) {
    now = Clock.monotonicMicroseconds()
    guard !handler.connection.isClosing else { return }
    handler.connection.answer(
      Failure(.noAuthentication, "the password has not come in time"))
    close(handler)
    settle()
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
    handler.closeBeforeLong()
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
    busyPoll?.remove(handler.connection.peer.descriptor)
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
    settle()
    for handler in Array(clients.values) { handler.closeAtOnce() }
  }
}
