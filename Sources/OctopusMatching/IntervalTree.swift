import OctopusCollections

/// Intervals, found by a value inside them: a B+tree by lower ends whose every level also knows the
/// highest upper end below it.
///
/// (McCreight's and Edelsbrunner's trees report in O(log n + k) but are static or far larger; an
/// augmented binary tree misses the cache at every step.) Stabbing visits the blocks on the way
/// to what it reports and one path beside: O((k + 1) log n) at worst, near O(log n + k) as neighbours
/// share blocks. Insert and remove: O(log n). About 45 bytes an interval of numbers.
struct IntervalTree<Bound: Cut> {
  /// An interval and whose it is; above the leaves, a block and what it spans.
  struct Item {
    var low: Bound
    /// The owner; above the leaves, the block.
    var target: UInt32
    var high: Bound
    /// The owner; above the leaves, that of the block's first interval: tells equal ends apart.
    var owner: UInt32

    func isAfter(_ low: Bound, _ owner: UInt32) -> Bool {
      low < self.low || (low == self.low && owner < self.owner)
    }
  }

  /// A block is a kilobyte: few levels, and its scan is one run of memory.
  static var capacity: Int { 32 }

  private(set) var count = 0
  private(set) var blocks = Slab<[Item]>()
  var root = 0
  /// How many levels stand above the leaves.
  var height = 0

  /// Reports the owner of every interval that holds the point, in no particular order.
  func stab(_ point: Bound.Point, _ report: (UInt32) -> Void) {
    if count > 0 { stab(point, root, height, report) }
  }

  private func stab(
    _ point: Bound.Point, _ block: Int, _ level: Int, _ report: (UInt32) -> Void
  ) {
    blocks[block].withUnsafeBufferPointer { items in
      // By index: items are looked at in place.
      for place in items.indices {
        guard items[place].low.isBelow(point) else { return }
        if items[place].high.isBelow(point) { continue }
        let target = items[place].target
        if level == 0 { report(target) } else { stab(point, Int(target), level - 1, report) }
      }
    }
  }

  /// Adds an interval. Each owner has one at most.
  mutating func insert(_ low: Bound, _ high: Bound, owner: UInt32) {
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
    var place = placeAfter(item.low, item.owner, in: block)
    if level == 0 {
      blocks[block].insert(item, at: place)
    } else {
      place = max(place, 1)
      let child = Int(blocks[block][place - 1].target)
      let sibling = insert(item, child, level - 1)
      blocks[block][place - 1] = summary(child)
      if let sibling { blocks[block].insert(sibling, at: place) }
    }
    return blocks[block].count > Self.capacity ? split(block, grownAt: place) : nil
  }

  /// In the middle; or at the end, where the block grew there: ascending ends leave full blocks.
  private mutating func split(_ block: Int, grownAt place: Int) -> Item {
    let count = blocks[block].count
    let kept = place == count - 1 ? place : count / 2
    let tail = Array(blocks[block][kept...])
    blocks[block].removeLast(count - kept)
    let added = blocks.insert(tail)
    return summary(added)
  }

  /// Removes an interval that is there.
  mutating func remove(_ low: Bound, owner: UInt32) {
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

  private mutating func remove(_ low: Bound, _ owner: UInt32, _ block: Int, _ level: Int) {
    let place = placeAfter(low, owner, in: block) - 1
    if level == 0 {
      precondition(blocks[block][place].owner == owner, "an interval that is not there")
      blocks[block].remove(at: place)
      return
    }
    let child = Int(blocks[block][place].target)
    remove(low, owner, child, level - 1)
    if blocks[child].isEmpty {
      blocks[block].remove(at: place)
      blocks.remove(child, leaving: [])
    } else {
      blocks[block][place] = summary(child)
      if blocks[child].count < Self.capacity / 4 { merge(place, in: block) }
    }
  }

  /// Joins a thin block with a neighbour, where both leave room for more.
  private mutating func merge(_ place: Int, in block: Int) {
    for left in [place - 1, place] where left >= 0 && left + 1 < blocks[block].count {
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

  /// Behind everything that comes before (low, owner) or is it.
  private func placeAfter(_ low: Bound, _ owner: UInt32, in block: Int) -> Int {
    blocks[block].partitionPoint { !$0.isAfter(low, owner) }
  }

  private func summary(_ block: Int) -> Item {
    blocks[block].withUnsafeBufferPointer { items in
      var highest = 0
      for place in items.indices where items[highest].high < items[place].high { highest = place }
      return Item(
        low: items[0].low, target: UInt32(block), high: items[highest].high, owner: items[0].owner)
    }
  }
}
