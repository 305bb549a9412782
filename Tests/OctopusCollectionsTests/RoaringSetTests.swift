import Generators
import Testing

@testable import OctopusCollections

/// Compressed sets against `Set`, dense enough that arrays become bitmaps and back.
@Suite struct RoaringSetTests {
  /// Rows of three blocks: one that fills, one with a few, one far away.
  private func row(_ random: inout Random) -> UInt32 {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: UInt32.random(in: 65_536..<65_536 + 300, using: &random)
    case 1: UInt32.random(in: 0xffff_0000...0xffff_ffff, using: &random)
    case 2: [0, 63, 64, 65_535].randomElement(using: &random)!
    default: UInt32.random(in: 0..<3_000, using: &random)
    }
  }

  @Test func agreesWithASet() {
    var random = Random()
    var rows = RoaringSet()
    var model: Set<UInt32> = []
    var sizes: Set<String> = []
    for step in 0..<24_000 {
      let row = row(&random)
      #expect(rows.contains(row) == model.contains(row), "seed \(random.seed), step \(step)")
      // Waves: each block grows past both thresholds and falls below them again.
      if model.contains(row) {
        if step % 8_000 > 4_000 {
          rows.remove(row)
          model.remove(row)
        }
      } else if step % 8_000 < 4_000 {
        rows.insert(row)
        model.insert(row)
      }
      sizes.formUnion(rows.blocks.map(\.kind))
      if step % 50 == 0 { check(rows, model, "seed \(random.seed), step \(step)") }
    }
    #expect(sizes == ["array", "bitmap"])
    for row in model {
      rows.remove(row)
      model.remove(row)
    }
    check(rows, model, "seed \(random.seed)")
    #expect(rows.keys.isEmpty)
  }

  @Test func blocksChangeTheirFormAtTheThresholds() {
    var rows = RoaringSet()
    for row in 0..<UInt32(RoaringSet.arrayCapacity) { rows.insert(row) }
    #expect(rows.blocks.map(\.kind) == ["array"])
    rows.insert(UInt32(RoaringSet.arrayCapacity))
    #expect(rows.blocks.map(\.kind) == ["bitmap"])
    var count = rows.count
    while count > RoaringSet.arrayCapacity / 4 {
      rows.remove(rows.first)
      count -= 1
      #expect(rows.blocks.map(\.kind) == ["bitmap"])
    }
    rows.remove(rows.first)
    #expect(rows.blocks.map(\.kind) == ["array"])
    #expect(rows.count == count - 1)
  }

  @Test func commonMembersAreThoseOfSetIntersections() {
    var random = Random()
    var kinds: Set<Set<String>> = []
    for round in 0..<120 {
      let sets = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        let density = [5, 100, 700, 2_500].randomElement(using: &random)!
        return Set((0..<density).map { _ in row(&random) })
      }
      let compressed = sets.map { set in
        var rows = RoaringSet()
        for row in set.sorted() { rows.insert(row) }
        return rows
      }
      kinds.insert(Set(compressed.flatMap { $0.blocks.map(\.kind) }))
      let expected = sets.dropFirst().reduce(sets[0]) { $0.intersection($1) }.sorted()
      var common: [UInt32] = []
      RoaringSet.forEachCommon(compressed) {
        common.append($0)
        return true
      }
      #expect(common == expected, "seed \(random.seed), round \(round)")
      checkThatItStops(compressed, expected, &random)
    }
    #expect(kinds.contains(["array", "bitmap"]))
  }

  private func checkThatItStops(_ sets: [RoaringSet], _ expected: [UInt32], _ random: inout Random)
  {
    let enough = Int.random(in: 1...max(1, expected.count), using: &random)
    var seen: [UInt32] = []
    RoaringSet.forEachCommon(sets) {
      seen.append($0)
      return seen.count < enough
    }
    #expect(seen == Array(expected.prefix(enough)), "seed \(random.seed)")
  }

  private func check(_ rows: RoaringSet, _ model: Set<UInt32>, _ comment: Comment) {
    var members: [UInt32] = []
    rows.forEachMember {
      members.append($0)
      return true
    }
    #expect(members == model.sorted(), comment)
    #expect(rows.count == model.count, comment)
    #expect(rows.blocks.map(\.count).reduce(0, +) == rows.count, comment)
    #expect(rows.blocks.allSatisfy { $0.count > 0 }, comment)
    if let first = members.first { #expect(rows.first == first, comment) }
  }
}

extension RoaringSet.Block {
  fileprivate var kind: String {
    switch self {
    case .array: "array"
    case .bitmap: "bitmap"
    }
  }
}
