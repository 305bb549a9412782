/// Output that no client will read any more, until its memory is free: a part at a time, since to
/// free the events of one slow reader takes milliseconds.
struct DiscardedOutput {
  private var queues: [OutputQueue] = []
  private var blockCount = 0

  /// To free fewer items is not worth a part.
  private static let few = 256
  /// As many blocks as are freed at once: to free one takes some tenths of a millisecond. With many
  /// it is more, so that readers cannot fill queues faster than their memory comes back.
  private var part: Int { blockCount > 64 ? 8 : 2 }

  var isEmpty: Bool { queues.isEmpty }

  /// Empties a queue.
  mutating func take(_ queue: inout OutputQueue) {
    if queue.count > Self.few {
      blockCount += queue.blockCount
      queues.append(queue)
    }
    queue = OutputQueue()
  }

  /// Frees the next part.
  mutating func freePart() {
    for _ in 0..<part {
      guard var queue = queues.popLast() else { return }
      queue.removeLastBlock()
      blockCount -= 1
      if !queue.isEmpty { queues.append(queue) }
    }
  }
}
