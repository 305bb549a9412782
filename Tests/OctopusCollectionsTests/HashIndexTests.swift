import Generators
import Testing

@testable import OctopusCollections

/// The hash index against a dictionary.
@Suite struct HashIndexTests {
  /// Hashes from a handful, so that most collide; near the highest, so that probing wraps around.
  @Test(arguments: [1, 7, 1_000])
  func agreesWithADictionaryWhenHashesCollide(hashes: UInt32) {
    var random = Random.logged(salt: UInt64(hashes))
    var index = HashIndex()
    var model: [UInt32: UInt32] = [:]
    for target in [50, 5, 400, 0] {
      for _ in 0..<3_000 {
        let value = UInt32.random(in: 0..<500, using: &random)
        let hash = model[value] ?? UInt32.max - UInt32.random(in: 0..<hashes, using: &random)
        let position = index.find(hash) { $0 == value }
        #expect((position != nil) == (model[value] != nil))
        #expect(index.value(hash) { $0 == value } == model[value].map { _ in value })
        if let position {
          #expect(index[position] == value)
          guard model.count > target else { continue }
          index.remove(at: position)
          model[value] = nil
        } else if model.count < target {
          index.insert(hash, value)
          model[value] = hash
        }
        #expect(index.count == model.count)
      }
      for (value, hash) in model { #expect(index.find(hash) { $0 == value } != nil) }
    }
  }

  @Test func memoryShrinksWhenMostNumbersAreRemoved() {
    var index = HashIndex()
    for value in 0..<100_000 as Range<UInt32> { index.insert(value &* 0x9e37_79b9, value) }
    let most = index.slots.count
    for value in 100..<100_000 as Range<UInt32> {
      index.remove(at: index.find(value &* 0x9e37_79b9) { $0 == value }!)
    }
    #expect(most <= 262_144 && index.slots.count <= 1_024)
    for value in 0..<100 as Range<UInt32> {
      #expect(index.value(value &* 0x9e37_79b9) { $0 == value } == value)
    }
  }

  @Test func anEmptyIndexFindsNothingAndLendsNoAddress() {
    let index = HashIndex()
    #expect(index.find(7) { _ in true } == nil)
    index.withSlotAddress(7) { _ in Issue.record("there is no slot") }
  }
}
