import DequeModule

/// Connections, or sessions that have ended, that wait for their turns. Users take turns, each with
/// its own queue: one with many connections does not hold up the others.
struct TurnQueue<Element> {
  private var queues: [Peer.User: Deque<Element>] = [:]
  /// The users whose queues are not empty, in the order of their turns.
  private var users: Deque<Peer.User> = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ element: Element, of user: Peer.User) {
    if queues[user] == nil { users.append(user) }
    queues[user, default: []].append(element)
    count += 1
  }

  mutating func popFirst() -> Element? {
    guard let user = users.popFirst(), let element = queues[user]?.popFirst() else { return nil }
    count -= 1
    if queues[user]?.isEmpty ?? true { queues[user] = nil } else { users.append(user) }
    return element
  }
}
