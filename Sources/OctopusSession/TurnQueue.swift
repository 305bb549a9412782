import DequeModule

/// Connections that wait for their turns.
///
/// Users take turns, each with its own queue: one with many connections does not hold up the
/// connections of others.
struct TurnQueue {
  private var queues: [Peer.User: Deque<ClientConnection>] = [:]
  /// The users whose connections wait, in the order of their turns.
  private var users: Deque<Peer.User> = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ connection: ClientConnection) {
    let user = connection.protocolState.peer.user
    if queues[user] == nil { users.append(user) }
    queues[user, default: []].append(connection)
    count += 1
  }

  mutating func popFirst() -> ClientConnection? {
    guard let user = users.popFirst(), let connection = queues[user]?.popFirst() else { return nil }
    count -= 1
    if queues[user]?.isEmpty ?? true { queues[user] = nil } else { users.append(user) }
    return connection
  }
}
