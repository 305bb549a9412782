import DequeModule

/// Output that no client will read any more, until its memory is free: a part at a time, since to
/// free the events of one slow reader takes milliseconds.
struct DiscardedOutput {
  private var queues: [Deque<Outbox.Item>] = []

  /// To free these takes some tenths of a millisecond.
  private static let atOnce = 4_096

  var isEmpty: Bool { queues.isEmpty }

  /// Empties a queue.
  mutating func take(_ queue: inout Deque<Outbox.Item>) {
    if queue.count > Self.atOnce / 16 { queues.append(queue) }
    queue = []
  }

  /// Frees the next part.
  mutating func freePart() {
    guard var queue = queues.popLast() else { return }
    for _ in 0..<min(queue.count, Self.atOnce) { queue.removeLast() }
    if !queue.isEmpty { queues.append(queue) }
  }
}
