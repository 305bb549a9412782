import Generators
import OctopusEngine
import Testing

/// Against a dictionary: ids that follow each other, that stand far apart, and that meet in one place.
@Suite struct IDMapTests {
  @Test(arguments: [1, 8, 1 << 40] as [Int64])
  func comesAndGoesLikeADictionary(step: Int64) {
    var random = Random()
    let seed = random.seed
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
        #expect(map.removeValue(forKey: id) == model.removeValue(forKey: id), "seed \(seed)")
      }
      #expect(map.count == model.count && map.isEmpty == model.isEmpty, "seed \(seed)")
      let other = Int64.random(in: 1...300, using: &random) * step
      #expect(map[other] == model[other], "seed \(seed), turn \(turn)")
      #expect(map.contains(other) == (model[other] != nil), "seed \(seed), turn \(turn)")
    }
    #expect(map.values.sorted() == model.values.sorted(), "seed \(seed)")
  }
}
