import OctopusEngine
import OctopusSession

// BIND between loops: both connections of a session belong to one loop, so that what is written on
// the two has one order. If the second connection was accepted on another loop, it moves.
extension LoopState {
  func bind(_ connection: SocketConnection, to client: Int64) {
    guard connection.eventConnection == nil else {
      return dispatcher.refuse(
        connection, Failure(.error, "this connection has an event binding of its own"))
    }
    let target = LoopAssignment.loop(of: client, among: context.loopCount)
    guard target == index else { return move(connection, to: target, for: client) }
    dispatcher.bind(connection, to: connections[client], id: client)
  }

  private func move(_ connection: SocketConnection, to target: Int, for client: Int64) {
    connection.moveWhenWritten { [self] in
      dispatcher.endSession(of: connection)
      remove(connection)
      let moving = MovingConnection(connection: connection)
      context.loops[target].submit { loop in
        let connection = moving.connection
        guard loop.add(connection) else { return }
        // In case the binding is refused.
        loop.dispatcher.beginSession(for: connection)
        loop.bind(connection, to: client)
      }
    }
  }
}

/// A connection between two loops.
// Safe to send: the loop that it leaves keeps no reference to it.
private struct MovingConnection: @unchecked Sendable {
  let connection: SocketConnection
}
