import Generators
import OctopusCollections
import Testing

/// The map against a dictionary, with ids that follow each other and that lie far apart.
@Suite struct IDMapTests {
  @Test(arguments: [1, 8, 1 << 40] as [Int64])
  func agreesWithADictionary(step: Int64) {
    var random = Random.logged(salt: UInt64(step))
    var map = IDMap<Int>()
    var model: [Int64: Int] = [:]
    for turn in 0..<20_000 {
      // Sometimes most of them go.
      let leaves = turn % 4_000 > 3_000
      let id = Int64.random(in: 1...300, using: &random) * step
      if Int.random(in: 0..<(leaves ? 5 : 2), using: &random) == 0 {
        map[id] = turn
        model[id] = turn
      } else {
        #expect(map.removeValue(forKey: id) == model.removeValue(forKey: id))
      }
      #expect(map.count == model.count && map.isEmpty == model.isEmpty)
      let other = Int64.random(in: 1...300, using: &random) * step
      #expect(map[other] == model[other], "turn \(turn)")
      #expect(map.contains(other) == (model[other] != nil), "turn \(turn)")
    }
    #expect(map.values.sorted() == model.values.sorted())
  }

  /// Many at once, in both orders: the memory of most is freed while they are removed.
  @Test(arguments: [false, true])
  func slotsOfRemovedIDsAreTrimmed(isReversed: Bool) {
    var map = IDMap<Int>()
    for id in 1...20_000 as ClosedRange<Int64> { map[id] = Int(id) }
    var slot = Int.max
    var removed = 0
    while isReversed, map.count > 5_000, let (id, value) = map.next(below: &slot) {
      #expect(map.removeValue(forKey: id) == value)
      removed += 1
    }
    while !isReversed, map.count > 5_000 {
      removed += 1
      #expect(map.removeValue(forKey: Int64(removed)) == removed)
    }
    #expect(isReversed == (map.slotCount < 6_000))
    for id in 20_001...21_000 as ClosedRange<Int64> { map[id] = Int(id) }
    let left = isReversed ? 1...5_000 : 15_001...20_000 as ClosedRange<Int>
    #expect(map.values.sorted() == Array(left) + Array(20_001...21_000))
    for id in map.ids.sorted() { #expect(map.removeValue(forKey: id) == Int(id)) }
    #expect(map.isEmpty)
    map[7] = 7
    #expect(map[7] == 7 && map.values.count(where: { _ in true }) == 1)
  }
}
