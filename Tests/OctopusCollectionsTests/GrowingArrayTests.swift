import Generators
import Testing

@testable import OctopusCollections

/// The array against that of the standard library.
@Suite struct GrowingArrayTests {
  /// Strings that own memory: too many or too few releases would show.
  @Test func agreesWithAnArray() {
    var random = Random.logged()
    var array = GrowingArray<[String]>()
    var model: [[String]] = []
    var copies: [(GrowingArray<[String]>, [[String]])] = []
    for step in 0..<20_000 {
      let element = [String(repeating: "x", count: step % 40)]
      switch Int.random(in: 0..<40, using: &random) {
      case 0 where !model.isEmpty:
        #expect(array.removeLast() == model.removeLast())
      case 1:
        let count = Int.random(in: 0...min(model.count, 9), using: &random)
        array.removeFirst(count)
        model.removeFirst(count)
      case 2: copies.append((array, model))
      case 3...9 where !model.isEmpty:
        let index = Int.random(in: model.indices, using: &random)
        array[index].append("y")
        model[index].append("y")
      case 10 where step % 500 == 0:
        array.removeAll()
        model.removeAll()
      default:
        array.append(element)
        model.append(element)
      }
      #expect(array.count == model.count && array.isEmpty == model.isEmpty)
      if copies.count > 5 { copies.removeFirst() }
    }
    for (array, model) in copies + [(array, model)] {
      #expect(array.indices.map { array[$0] } == model)
      #expect(array.withUnsafeBufferPointer { Array($0) } == model)
    }
  }

  @Test func elementsAreReleasedWithTheLastCopy() {
    final class Element {}
    weak var released: Element?
    do {
      var array = GrowingArray<Element>()
      let element = Element()
      released = element
      for _ in 0..<100 { array.append(element) }
      var copy = array
      array.removeAll()
      copy.removeFirst(99)
      #expect(copy.count == 1 && copy[0] === element)
    }
    #expect(released == nil)
  }
}
