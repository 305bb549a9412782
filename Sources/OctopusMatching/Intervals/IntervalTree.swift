import OctopusCollections

/// Intervals, found by a value inside them: a B+tree by lower bounds in which every item also has
/// the highest upper bound below it.
///
/// McCreight's and Edelsbrunner's trees report in O(log n + k) but are static or much larger; an
/// augmented binary tree misses the cache at every step. About 45 bytes an interval of numbers.
///
/// - Complexity: O(log n) to insert and to remove. A search that reports k intervals visits the
///   blocks on the paths to them, and one more path: O((k + 1) log n) at worst, near O(log n + k)
///   since neighbours share blocks.
struct IntervalTree<End: Bound> {
  /// An interval and its owner; above the leaves, a block and the interval that it spans.
  struct Item {
    var low: End
    /// The owner; above the leaves, the block.
    var target: UInt32
    var high: End
    /// The owner; above the leaves, that of the block's first interval: distinguishes equal bounds.
    var owner: UInt32

    func isAfter(_ low: End, _ owner: UInt32) -> Bool {
      low < self.low || (low == self.low && owner < self.owner)
    }
  }

  /// A block is a kilobyte: there are few levels, and a scan reads memory in order.
  static var capacity: Int { 32 }

  private(set) var count = 0
  private(set) var blocks = Slab<[Item]>()
  var root = 0
  /// How many levels stand above the leaves.
  var height = 0

  /// Reports the owner of every interval that contains the value, in no particular order.
  func stab(_ value: End.Value, _ report: (UInt32) -> Void) {
    if count > 0 { stab(value, root, height, report) }
  }

  private func stab(
    _ value: End.Value, _ block: Int, _ level: Int, _ report: (UInt32) -> Void
  ) {
    blocks[block].withUnsafeBufferPointer { items in
      // By index: items are looked at in index.
      for index in items.indices {
        guard items[index].low.isBelow(value) else { return }
        if items[index].high.isBelow(value) { continue }
        let target = items[index].target
        if level == 0 { report(target) } else { stab(value, Int(target), level - 1, report) }
      }
    }
  }

  /// Adds an interval. Each owner has one at most.
  mutating func insert(_ low: End, _ high: End, owner: UInt32) {
    let item = Item(low: low, target: owner, high: high, owner: owner)
    if count == 0 {
      root = blocks.insert([item])
    } else if let sibling = insert(item, root, height) {
      root = blocks.insert([summary(root), sibling])
      height += 1
    }
    count += 1
  }

  /// Returns the block that was split off, if one was.
  private mutating func insert(_ item: Item, _ block: Int, _ level: Int) -> Item? {
    var index = indexAfter(item.low, item.owner, in: block)
    if level == 0 {
      blocks[block].insert(item, at: index)
    } else {
      index = max(index, 1)
      let child = Int(blocks[block][index - 1].target)
      let sibling = insert(item, child, level - 1)
      blocks[block][index - 1] = summary(child)
      if let sibling { blocks[block].insert(sibling, at: index) }
    }
    return blocks[block].count > Self.capacity ? split(block, grownAt: index) : nil
  }

  /// Splits in the middle; or at the end if the block grew there, so that ascending insertion
  /// leaves full blocks.
  private mutating func split(_ block: Int, grownAt index: Int) -> Item {
    let count = blocks[block].count
    let kept = index == count - 1 ? index : count / 2
    let tail = Array(blocks[block][kept...])
    blocks[block].removeLast(count - kept)
    let added = blocks.insert(tail)
    return summary(added)
  }

  /// Removes an interval that is there.
  mutating func remove(_ low: End, owner: UInt32) {
    remove(low, owner, root, height)
    count -= 1
    if count == 0 {
      self = IntervalTree()
    } else {
      while height > 0, blocks[root].count == 1 {
        let child = Int(blocks[root][0].target)
        blocks.remove(root, leaving: [])
        root = child
        height -= 1
      }
    }
  }

  private mutating func remove(_ low: End, _ owner: UInt32, _ block: Int, _ level: Int) {
    let index = indexAfter(low, owner, in: block) - 1
    if level == 0 {
      precondition(blocks[block][index].owner == owner, "an interval that is not there")
      blocks[block].remove(at: index)
      return
    }
    let child = Int(blocks[block][index].target)
    remove(low, owner, child, level - 1)
    if blocks[child].isEmpty {
      blocks[block].remove(at: index)
      blocks.remove(child, leaving: [])
    } else {
      blocks[block][index] = summary(child)
      if blocks[child].count < Self.capacity / 4 { merge(index, in: block) }
    }
  }

  /// Joins a sparse block with a neighbour, if the result has room for more.
  private mutating func merge(_ index: Int, in block: Int) {
    for left in [index - 1, index] where left >= 0 && left + 1 < blocks[block].count {
      let kept = Int(blocks[block][left].target)
      let joined = Int(blocks[block][left + 1].target)
      guard blocks[kept].count + blocks[joined].count <= Self.capacity / 4 * 3 else { continue }
      blocks[kept].append(contentsOf: blocks[joined])
      blocks.remove(joined, leaving: [])
      blocks[block].remove(at: left + 1)
      blocks[block][left] = summary(kept)
      return
    }
  }

  /// The index after all items up to (low, owner), itself included.
  private func indexAfter(_ low: End, _ owner: UInt32, in block: Int) -> Int {
    blocks[block].partitionPoint { !$0.isAfter(low, owner) }
  }

  private func summary(_ block: Int) -> Item {
    blocks[block].withUnsafeBufferPointer { items in
      var highest = 0
      for index in items.indices where items[highest].high < items[index].high { highest = index }
      return Item(
        low: items[0].low, target: UInt32(block), high: items[highest].high, owner: items[0].owner)
    }
  }
}
