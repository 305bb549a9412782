import Generators
import Testing

@testable import OctopusCollections

/// The queue against an array.
@Suite struct RemovableQueueTests {
  @Test func agreesWithAnArray() {
    var random = Random.logged()
    var queue = RemovableQueue<Int>()
    var model: [Int] = []
    for step in 0..<10_000 {
      let removes = step % 2_000 > 1_200
      if !model.isEmpty, random.chance(removes ? 80 : 30) {
        let index = random.chance(50) ? 0 : Int.random(in: 0..<model.count, using: &random)
        queue.remove(model.remove(at: index))
      } else {
        queue.append(step)
        model.append(step)
      }
      if random.chance(50) { #expect(queue.first == model.first) }
      #expect(queue.count == model.count && queue.isEmpty == model.isEmpty)
    }
  }

  @Test func removedElementsDoNotAccumulate() {
    var queue = RemovableQueue<Int>()
    queue.append(-1)
    for element in 0..<10_000 {
      queue.append(element)
      queue.remove(element)
      queue.remove(element)
    }
    #expect(queue.elements.count <= 20)
    #expect(queue.first == -1)
  }
}
