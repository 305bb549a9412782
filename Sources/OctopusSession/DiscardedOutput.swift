/// Output that no client will read any more, until its memory is free: a part at a time, since to
/// free the events of one slow reader takes milliseconds.
struct DiscardedOutput {
  private var queues: [OutputQueue] = []

  /// To free these takes some tenths of a millisecond.
  private static let blocksAtOnce = 2
  /// To free fewer is not worth a part.
  private static let few = 256

  var isEmpty: Bool { queues.isEmpty }

  /// Empties a queue.
  mutating func take(_ queue: inout OutputQueue) {
    if queue.count > Self.few { queues.append(queue) }
    queue = OutputQueue()
  }

  /// Frees the next part.
  mutating func freePart() {
    guard var queue = queues.popLast() else { return }
    for _ in 0..<Self.blocksAtOnce where !queue.isEmpty { queue.removeLastBlock() }
    if !queue.isEmpty { queues.append(queue) }
  }
}
