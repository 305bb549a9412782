import Glibc
import NIOCore
import NIOPosix
import OctopusEngine
import RESP

// BIND: a second connection carries a session's events. Both live on one loop, so that what is said on the
// two has one order; if the second came in on another loop, it moves.
extension Loop {
  func bind(_ handler: ConnectionHandler, to client: Int64) {
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
    guard handler.eventHandler == nil else {
      throw Failure(.error, "this connection has an event binding of its own")
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
    let destination = hub.loops[target].eventLoop
    handler.depart { [self] context in
      // A second descriptor of the same socket keeps it open while this channel closes.
      let descriptor = fcntl(handler.connection.peer.descriptor, F_DUPFD_CLOEXEC, 0)
      let input = handler.takeInput()
      let suitcase = Suitcase(connection: handler.connection, input: input)
      endSession(of: handler)
      release(handler)
      handler.closeAtOnce()
      // Perhaps it is at work on this very connection, from which it will hear no more.
      eventLoop.execute { [self] in settle() }
      guard descriptor >= 0 else { return }
      destination.execute { [hub] in
        hub.loops[target].unpack(suitcase, descriptor, toCarry: client)
      }
    }
  }

  private func unpack(_ suitcase: Suitcase, _ descriptor: Int32, toCarry client: Int64) {
    var connection = suitcase.connection
    connection.moved(to: descriptor, counting: tally)
    let handler = ConnectionHandler(connection, on: self, input: suitcase.input)
    adopt(handler, descriptor).assumeIsolated().whenSuccess { [self] in
      bind(handler, to: client)
      settle()
    }
  }
}

/// What a connection takes along to another loop.
// Safe to send: nobody keeps what was packed.
private struct Suitcase: @unchecked Sendable {
  var connection: Connection
  var input: ByteBuffer
}
