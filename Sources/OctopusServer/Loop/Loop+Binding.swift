import OctopusEngine
import RESP

// BIND: a second connection carries a session's events. Both live on one loop, so that what is said on the
// two has one order; if the second came in on another loop, it moves.
extension Loop {
  func bind(_ handler: ConnectionHandler, to client: Int64) {
    guard handler.eventHandler == nil else {
      return refuse(
        handler, Failure(.error, "this connection has an event binding of its own"))
    }
    let target = Home.loop(of: client, among: hub.loops.count)
    guard target == index else { return move(handler, toCarry: client, on: target) }
    do throws(Failure) {
      try join(handler, to: try partner(client, for: handler))
      markDirty(handler)
      takeTurn(handler)
    } catch {
      refuse(handler, error)
    }
  }

  private func partner(
    _ client: Int64, for handler: ConnectionHandler
  ) throws(Failure) -> ConnectionHandler {
    guard let partner = clients[client], partner !== handler, partner.connection.session != nil
    else { throw Failure(.error, "no such client: \(client)") }
    guard partner.connection.peer.principal == handler.connection.peer.principal else {
      throw Failure(.noPermission, "client \(client) is another user's")
    }
    guard partner.connection.version == .two else {
      throw Failure(.error, "client \(client) speaks RESP3: its events come on its own connection")
    }
    guard partner.eventHandler == nil else {
      throw Failure(.busy, "client \(client) has its event binding already")
    }
    return partner
  }

  private func join(_ handler: ConnectionHandler, to partner: ConnectionHandler) throws(Failure) {
    // What it was before ends.
    endSession(of: handler)
    handler.carriedHandler = partner
    handler.connection.beginCarrying(eventsOf: partner.connection.id)
    handler.connection.answerFromHost { $0.simple("OK") }
    partner.eventHandler = handler
    partner.connection.hasEventConnection = true
  }

  /// Moves a connection to the loop of the client that it wants to be bound to.
  private func move(_ handler: ConnectionHandler, toCarry client: Int64, on target: Int) {
    handler.depart { [self] in
      endSession(of: handler)
      release(handler)
      // From here on it is the other loop's.
      hub.loops[target].post { $0.receive(handler, toCarry: client) }
    }
  }

  private func receive(_ handler: ConnectionHandler, toCarry client: Int64) {
    guard enter(handler) else { return }
    // For the case that it may not.
    beginSession(for: handler)
    bind(handler, to: client)
  }
}
