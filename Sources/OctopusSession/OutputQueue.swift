import DequeModule

/// The output of a connection that is not rendered yet, first in, first out.
///
/// It consists of blocks, so that it grows and is freed in parts: the queues of many slow readers
/// grow at the same moment, and to move the items of each would take milliseconds.
///
/// - Complexity: O(1) for each operation.
struct OutputQueue {
  typealias Item = Outbox.Item

  /// None is empty.
  private var blocks: Deque<Deque<Item>> = []
  private(set) var count = 0

  /// A block of this many takes pages of its own, which the system gets back once it is freed.
  private static let fullBlock = 2_048

  var isEmpty: Bool { count == 0 }

  var blockCount: Int { blocks.count }

  mutating func append(_ item: Item) {
    if blocks.isEmpty {
      blocks.append([])
    } else if blocks[blocks.count - 1].count >= Self.fullBlock {
      blocks.append(Deque(minimumCapacity: Self.fullBlock))
    }
    blocks[blocks.count - 1].append(item)
    count += 1
  }

  mutating func prepend(_ item: Item) {
    if blocks.isEmpty { blocks.append([]) }
    blocks[0].prepend(item)
    count += 1
  }

  mutating func popFirst() -> Item? {
    guard !blocks.isEmpty else { return nil }
    count -= 1
    let item = blocks[0].removeFirst()
    if blocks[0].isEmpty { blocks.removeFirst() }
    return item
  }

  /// Frees the last block.
  mutating func removeLastBlock() { count -= blocks.popLast()?.count ?? 0 }
}
