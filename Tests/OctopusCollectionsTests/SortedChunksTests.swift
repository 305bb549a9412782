import Generators
import Testing

@testable import OctopusCollections

/// The chunked sequence against a sorted array, with chunks so small that they split and merge all
/// the time.
@Suite struct SortedChunksTests {
  enum Order: CaseIterable { case ascending, descending, random, inTheMiddle }

  @Test(arguments: [4, 5, 8, 64], Order.allCases)
  func agreesWithASortedArrayInEveryOrder(capacity: Int, order: Order) {
    var random = Random()
    var chunks = SortedChunks<ContiguousArray<Int>>(capacity: capacity)
    var model: [Int] = []
    for element in elements(order, 300, &random) {
      chunks.insert(element, at: chunks.position { $0.partitionPoint { $0 < element } }, from: ())
      model.insert(element, at: model.firstIndex { $0 >= element } ?? model.count)
      check(chunks, model, "seed \(random.seed)")
    }
    for element in elements(order == .inTheMiddle ? .random : order, 300, &random) {
      guard let place = model.firstIndex(of: element) else { continue }
      chunks.remove(at: chunks.position { $0.partitionPoint { $0 < element } }, from: ())
      model.remove(at: place)
      check(chunks, model, "seed \(random.seed)")
    }
  }

  @Test(arguments: [4, 7, 32])
  func agreesWithASortedArrayInWaves(capacity: Int) {
    var random = Random()
    var chunks = SortedChunks<ContiguousArray<Int>>(capacity: capacity)
    var model: [Int] = []
    for step in 0..<3_000 {
      // Waves: the sequence grows for a while, then shrinks to almost nothing.
      let element = Int.random(in: 0..<400, using: &random)
      let place = model.firstIndex { $0 >= element } ?? model.count
      let isThere = place < model.count && model[place] == element
      let position = chunks.position { $0.partitionPoint { $0 < element } }
      #expect((position != chunks.endPosition && chunks[position] == element) == isThere)
      if isThere, step % 600 > 250 {
        chunks.remove(at: position, from: ())
        model.remove(at: place)
      } else if isThere {
        chunks.replace(at: position, with: element)
      } else if step % 600 < 350 {
        chunks.insert(element, at: position, from: ())
        model.insert(element, at: place)
      }
      check(chunks, model, "seed \(random.seed), step \(step)")
    }
  }

  /// A wrong distance is a wrong plan: exact within two chunks, else no further off than the chunks
  /// between differ from their average.
  @Test func distancesAreCloseToTheExactOnes() {
    var random = Random()
    var chunks = SortedChunks<ContiguousArray<Int>>(capacity: 16)
    for element in elements(.random, 2_000, &random) {
      chunks.insert(element, at: chunks.position { $0.partitionPoint { $0 < element } }, from: ())
    }
    for _ in 0..<500 {
      let low = Int.random(in: 0...2_000, using: &random)
      let high = Int.random(in: low...2_000, using: &random)
      let start = chunks.position { $0.partitionPoint { $0 < low } }
      let end = chunks.position { $0.partitionPoint { $0 < high } }
      let distance = chunks.distance(from: start, to: end)
      let slack = end.chunk - start.chunk <= 1 ? 0 : (end.chunk - start.chunk) * 8
      #expect(abs(distance - (high - low)) <= slack, "seed \(random.seed)")
    }
  }

  @Test func ascendingInsertionLeavesFullChunks() {
    var chunks = SortedChunks<ContiguousArray<Int>>(capacity: 16)
    for element in 0..<160 { chunks.insert(element, at: chunks.endPosition, from: ()) }
    #expect(chunks.chunks.map(\.count) == Array(repeating: 16, count: 10))
  }

  private func elements(_ order: Order, _ count: Int, _ random: inout Random) -> [Int] {
    switch order {
    case .ascending: Array(0..<count)
    case .descending: (0..<count).reversed()
    case .random: Array(0..<count).shuffled(using: &random)
    case .inTheMiddle: (0..<count).map { $0 % 2 == 0 ? $0 / 2 : count - $0 / 2 }
    }
  }

  private func check(
    _ chunks: SortedChunks<ContiguousArray<Int>>, _ model: [Int], _ comment: Comment
  ) {
    chunks.checkInvariants(comment)
    var elements: [Int] = []
    var position = chunks.startPosition
    while position != chunks.endPosition {
      elements.append(chunks[position])
      position = chunks.position(after: position)
    }
    #expect(elements == model, comment)
    #expect(chunks.count == model.count, comment)
  }
}

extension SortedChunks<ContiguousArray<Int>> {
  /// What must hold between any two operations.
  fileprivate func checkInvariants(_ comment: Comment) {
    #expect(chunks.allSatisfy { !$0.isEmpty && $0.count <= capacity }, comment)
    #expect(chunks.map { $0.first } == firsts.map { $0 }, comment)
    for (chunk, next) in zip(chunks, chunks.dropFirst()) {
      #expect(chunk.last! < next.first!, comment)  // No chunk is empty, as said above.
    }
  }
}
