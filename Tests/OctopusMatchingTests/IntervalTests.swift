import Generators
import OctopusRecords
import Testing

@testable import OctopusMatching

@Suite struct IntervalTests {
  // MARK: Cuts

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

  func cut(_ value: ValueView, side: Int16) -> NumberCut {
    switch value {
    case .integer(let integer): NumberCut(integer, side: side)
    case .float(let float): NumberCut(float, side: side)
    default: preconditionFailure("not a number")
    }
  }

  @Test func cutsOrderNumbersExactly() {
    for a in Self.numbers {
      for b in Self.numbers {
        let order = ValueView.compare(a, b)
        for side: Int16 in [-1, 1] {
          let isBelow = order < 0 || (order == 0 && side < 0)
          #expect(cut(a, side: side).isBelow(cut(b, side: 0)) == isBelow, "\(a) \(b) \(side)")
        }
        // Between large neighbours there is nothing: just above one is just below the other.
        #expect((cut(a, side: 1) <= cut(b, side: -1)) == (order < 0), "\(a) \(b)")
        #expect((cut(a, side: 1) == cut(b, side: 1)) == (order == 0), "\(a) \(b)")
      }
      #expect(NumberCut.lowest < cut(a, side: -1) && cut(a, side: 1) < .highest)
    }
  }

  @Test func cutsOrderTextsByBytes() {
    let texts: [[UInt8]] = [
      [], [0], [0, 0], [1], Array("a".utf8), Array("a\0".utf8), Array("abcdefgh".utf8),
      Array("abcdefgh\0".utf8), Array("abcdefghi".utf8), Array("abcdefgi".utf8),
      Array(repeating: 255, count: 8), Array(repeating: 255, count: 9),
    ]
    for a in texts {
      for b in texts {
        let order = a.elementsEqual(b) ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        for isAbove in [false, true] {
          let cut = TextCut(a, isAbove: isAbove)
          let isBelow = b.withUnsafeBufferPointer { cut.isBelow(TextPoint($0)) }
          #expect(isBelow == (order < 0 || (order == 0 && !isAbove)), "\(a) \(b)")
          let other = TextCut(b, isAbove: true)
          #expect((cut < other) == (order < 0 || (order == 0 && !isAbove)), "\(a) \(b)")
          #expect((cut == other) == (order == 0 && isAbove), "\(a) \(b)")
          #expect(cut < .highest && !(cut < .lowest))
        }
        let isBelow = b.withUnsafeBufferPointer { TextCut.highest.isBelow(TextPoint($0)) }
        #expect(!isBelow)
      }
    }
  }

  // MARK: The tree against a list

  @Test(arguments: [10, 100, 5_000])
  func treeAgainstList(width: Int64) {
    var random = Random.logged("treeAgainstList", salt: UInt64(width))
    var tree = IntervalTree<NumberCut>()
    var list: [UInt32: (low: NumberCut, high: NumberCut)] = [:]
    var owners: [UInt32] = []
    for target in [40, 2_500, 300, 1_500] {
      for step in 0..<4_000 {
        if random.chance(list.count < target ? 80 : 20) {
          let owner = UInt32.random(in: 0..<10_000, using: &random)
          guard list[owner] == nil else { continue }
          let low = Int64.random(in: 0..<width, using: &random)
          let high = low + Int64.random(in: 0...5, using: &random)
          let ends = (
            low: random.chance(5) ? .lowest : NumberCut(low, side: random.pick([-1, 1])),
            high: random.chance(5) ? .highest : NumberCut(high + 1, side: random.pick([-1, 1]))
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
        let point = NumberCut(Double(Int64.random(in: 0..<2 * width + 12, using: &random)) / 2)
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

  @Test func ascendingEndsLeaveFullBlocks() {
    var tree = IntervalTree<NumberCut>()
    for i in 0..<10_000 {
      tree.insert(NumberCut(Int64(i), side: -1), NumberCut(Int64(i), side: 1), owner: UInt32(i))
    }
    tree.checkInvariants()
    #expect(tree.blocks.count < 10_000 / 30)
    // All but a few go, in an order that thins all blocks alike; the blocks go with them.
    for i in 0..<10_000 where i % 500 != 0 {
      tree.remove(NumberCut(Int64(i), side: -1), owner: UInt32(i))
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
