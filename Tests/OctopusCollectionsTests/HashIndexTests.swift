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

  /// Large enough that the slots of a table that grows or shrinks are moved with many changes.
  @Test(arguments: [1, 4_096])
  func agreesWithADictionaryWhileATableIsMoved(hashStep: UInt32) {
    var random = Random.logged(salt: UInt64(hashStep))
    var index = HashIndex()
    var model: [UInt32: UInt32] = [:]
    var wasMoving = 0
    var copies: [(HashIndex, [UInt32: UInt32])] = []
    for target in [14_000, 300, 7_000, 0] {
      while model.count != target {
        let grows = model.count < target
        if grows != (Int.random(in: 0..<8, using: &random) == 0) {
          let value = UInt32.random(in: 0..<1_000_000, using: &random)
          guard model[value] == nil else { continue }
          // With a step, most numbers have the hash of a few others.
          let hash = (value &* 0x9e37_79b9) / hashStep
          index.insert(hash, value)
          model[value] = hash
        } else if let (value, hash) = model.first {
          guard let position = index.find(hash, where: { $0 == value }) else {
            Issue.record("\(value) is lost")
            return
          }
          #expect(index[position] == value)
          index.remove(at: position)
          model[value] = nil
        }
        guard index.isMoving else { continue }
        wasMoving += 1
        if wasMoving % 500 == 0 { copies.append((index, model)) }
      }
      copies.append((index, model))
    }
    #expect(wasMoving > 1_000)
    for (index, model) in copies {
      #expect(index.count == model.count)
      for (value, hash) in model where index.value(hash, where: { $0 == value }) != value {
        Issue.record("\(value) is lost")
      }
      #expect(index.find(7) { _ in false } == nil)
    }
  }

  @Test func numberAtAPositionOfTheOldTableCanBeReplaced() {
    var index = HashIndex()
    var last: UInt32 = 0
    while !index.isMoving || last < 4_096 {
      index.insert(last &* 0x9e37_79b9, last)
      last += 1
    }
    for value in 0..<last {
      let position = index.find(value &* 0x9e37_79b9) { $0 == value }
      #expect(position != nil)
      if let position { index[position] = value + 1_000_000 }
    }
    for value in 0..<last {
      #expect(index.value(value &* 0x9e37_79b9) { $0 == value + 1_000_000 } != nil)
    }
  }

  @Test func memoryShrinksWhenMostNumbersAreRemoved() {
    var index = HashIndex()
    for value in 0..<100_000 as Range<UInt32> { index.insert(value &* 0x9e37_79b9, value) }
    let most = index.capacity
    for value in 100..<100_000 as Range<UInt32> {
      index.remove(at: index.find(value &* 0x9e37_79b9) { $0 == value }!)
    }
    #expect(most <= 262_144 && index.capacity <= 1_024)
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
