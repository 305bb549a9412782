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
}
