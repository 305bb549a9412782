import Generators
import Testing

@testable import OctopusCollections

/// The slab against a dictionary.
@Suite struct SlabTests {
  @Test func agreesWithADictionary() {
    var random = Random.logged()
    var slab = Slab<Int>()
    var model: [Int: Int] = [:]
    var most = 0
    for step in 1...5_000 {
      let removes = step % 1_000 > 600
      if !model.isEmpty, random.chance(removes ? 80 : 20) {
        let number = model.keys.sorted().randomElement(using: &random)!
        #expect(slab[number] == model.removeValue(forKey: number))
        slab.remove(number, leaving: 0)
        #expect(slab[number] == 0)
      } else {
        let number = slab.insert(step)
        #expect(model.updateValue(step, forKey: number) == nil)
      }
      most = max(most, model.count)
      #expect(slab.count == model.count)
      #expect(slab.indices.count == most, "freed slots are used before new ones")
      #expect(slab.freeCount == slab.indices.count - model.count)
    }
    for (number, value) in model { #expect(slab[number] == value) }
  }

  @Test func reuseTakesAFreeSlotAsItsRemovalLeftIt() {
    var slab = Slab<[Int]>()
    let first = slab.reuse(orInsert: [1])
    #expect(slab[first] == [1])
    slab[first] = [2, 3]
    slab.remove(first)
    let reused = slab.reuse(orInsert: [1])
    #expect(reused == first && slab[reused] == [2, 3])
    let new = slab.reuse(orInsert: [4])
    #expect(new == first + 1 && slab[new] == [4])
  }
}
