import Generators
import Testing

@testable import OctopusCollections

@Suite struct BinarySearchTests {
  @Test func boundsAgreeWithALinearSearch() {
    var random = Random.logged()
    for count in 0..<40 {
      let sorted = (0..<count).map { _ in Int.random(in: 0..<20, using: &random) }.sorted()
      for element in -1...20 {
        let expected = sorted.firstIndex { $0 >= element } ?? count
        #expect(sorted.lowerBound(element) == expected)
        #expect(sorted.containsSorted(element) == sorted.contains(element))
        let part = sorted.dropFirst(count / 3)
        #expect(part.lowerBound(element) == max(expected, count / 3))
      }
    }
  }
}
