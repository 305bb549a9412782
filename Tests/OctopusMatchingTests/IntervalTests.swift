import Generators
import OctopusRecords
import Testing

@testable import OctopusMatching

@Suite struct IntervalTests {
  // MARK: Bounds

  static var numbers: [ValueView] {
    [
      .min, .min + 1, -1 << 53 - 1, -1, 0, 1, 2, 1 << 53, 1 << 53 + 1, 1 << 62 + 513,
      1 << 62 + 512, .max - 512, .max - 511, .max - 1, .max,
    ].map { ValueView.integer($0) }
      + [
        -1e300, -0x1p63, -0x1.0000000000001p63, -0x1p53, -1.5, -1, -0.0, 0, .leastNonzeroMagnitude,
        0.1, 1, 1.5,
        0x1p53,
        0x1p62, 0x1.0000000000001p62, 0x1p63, 0x1.fffffffffffffp62, 1e300, .greatestFiniteMagnitude,
      ].map { ValueView.float($0) }
  }

  func bound(_ value: ValueView, _ side: BoundSide?) -> NumberBound {
    switch value {
    case .integer(let integer): NumberBound(integer, side)
    case .float(let float): NumberBound(float, side)
    default: preconditionFailure("not a number")
    }
  }

  @Test func boundsOrderNumbersExactly() {
    for a in Self.numbers {
      for b in Self.numbers {
        let order = ValueView.compare(a, b)
        for side in [BoundSide.below, .above] {
          let isBelow = order < 0 || (order == 0 && side == .below)
          #expect(bound(a, side).isBelow(bound(b, nil)) == isBelow, "\(a) \(b) \(side)")
        }
        // There is no number between large neighbours: just above one is just below the other.
        #expect((bound(a, .above) <= bound(b, .below)) == (order < 0), "\(a) \(b)")
        #expect((bound(a, .above) == bound(b, .above)) == (order == 0), "\(a) \(b)")
      }
      #expect(NumberBound.lowest < bound(a, .below) && bound(a, .above) < .highest)
    }
  }

  @Test func boundsOrderTextsByBytes() {
    let texts: [[UInt8]] = [
      [], [0], [0, 0], [1], Array("a".utf8), Array("a\0".utf8), Array("abcdefgh".utf8),
      Array("abcdefgh\0".utf8), Array("abcdefghi".utf8), Array("abcdefgi".utf8),
      Array(repeating: 255, count: 8), Array(repeating: 255, count: 9),
    ]
    for a in texts {
      for b in texts {
        let order = a.elementsEqual(b) ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        for isAbove in [false, true] {
          let bound = TextBound(a, isAbove ? .above : .below)
          let isBelow = b.withUnsafeBufferPointer { bound.isBelow(TextKey($0)) }
          #expect(isBelow == (order < 0 || (order == 0 && !isAbove)), "\(a) \(b)")
          let other = TextBound(b, .above)
          #expect((bound < other) == (order < 0 || (order == 0 && !isAbove)), "\(a) \(b)")
          #expect((bound == other) == (order == 0 && isAbove), "\(a) \(b)")
          #expect(bound < .highest && !(bound < .lowest))
        }
        let isBelow = b.withUnsafeBufferPointer { TextBound.highest.isBelow(TextKey($0)) }
        #expect(!isBelow)
      }
    }
  }

  // MARK: The tree against a list

  @Test(arguments: [10, 100, 5_000])
  func agreesWithAList(width: Int64) {
    var random = Random.logged(salt: UInt64(width))
    var tree = IntervalTree<NumberBound>()
    var list: [UInt32: (low: NumberBound, high: NumberBound)] = [:]
    var owners: [UInt32] = []
    for target in [40, 2_500, 300, 1_500] {
      for step in 0..<4_000 {
        if random.chance(list.count < target ? 80 : 20) {
          let owner = UInt32.random(in: 0..<10_000, using: &random)
          guard list[owner] == nil else { continue }
          let low = Int64.random(in: 0..<width, using: &random)
          let high = low + Int64.random(in: 0...5, using: &random)
          let ends = (
            low: random.chance(5) ? .lowest : NumberBound(low, random.pick([.below, .above])),
            high: random.chance(5)
              ? .highest : NumberBound(high + 1, random.pick([.below, .above]))
          )
          list[owner] = ends
          owners.append(owner)
          tree.insert(ends.low, ends.high, owner: owner)
        } else if !owners.isEmpty {
          owners.swapAt(Int.random(in: owners.indices, using: &random), owners.count - 1)
          let owner = owners.removeLast()
          tree.remove(list[owner]!.low, owner: owner)
          list[owner] = nil
        }
        #expect(tree.count == list.count)
        guard step % 20 == 0 else { continue }
        let point = NumberBound(Double(Int64.random(in: 0..<2 * width + 12, using: &random)) / 2)
        var found: [UInt32] = []
        tree.stab(point) { found.append($0) }
        let expected = list.filter { $0.value.low < point && point < $0.value.high }.keys.sorted()
        #expect(found.sorted() == expected)
      }
      tree.checkInvariants()
    }
    for (owner, ends) in list.sorted(by: { $0.key < $1.key }) {
      tree.remove(ends.low, owner: owner)
    }
    #expect(tree.count == 0 && tree.blocks.indices.isEmpty)
  }

  @Test func ascendingInsertionLeavesFullBlocks() {
    var tree = IntervalTree<NumberBound>()
    for i in 0..<10_000 {
      tree.insert(NumberBound(Int64(i), .below), NumberBound(Int64(i), .above), owner: UInt32(i))
    }
    tree.checkInvariants()
    #expect(tree.blocks.count < 10_000 / 30)
    // All but a few go, in an order that thins all blocks alike; the blocks go with them.
    for i in 0..<10_000 where i % 500 != 0 {
      tree.remove(NumberBound(Int64(i), .below), owner: UInt32(i))
    }
    tree.checkInvariants()
    #expect(tree.blocks.count < 8)
  }
}

extension IntervalTree {
  /// Items are in order, and what stands above a block is what it spans.
  func checkInvariants() {
    if count > 0 { check(root, height) }
  }

  private func check(_ block: Int, _ level: Int) {
    let items = blocks[block]
    #expect(!items.isEmpty && items.count <= Self.capacity)
    for (item, next) in zip(items, items.dropFirst()) {
      #expect(next.isAfter(item.low, item.owner))
    }
    guard level > 0 else { return }
    for item in items {
      let below = blocks[Int(item.target)]
      #expect(below[0].low == item.low && below[0].owner == item.owner)
      #expect(below.map(\.high).max() == item.high)
      check(Int(item.target), level - 1)
    }
  }
}
