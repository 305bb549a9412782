import Generators
import OctopusRecords
import Testing

@testable import OctopusStore

/// The hash table against a dictionary. Its hash is seeded, so collisions cannot be chosen: a small
/// table collides all the time, and among many keys some share all 32 bits that a slot keeps.
@Suite struct KeyTableTests {
  private struct Twin {
    var table = KeyTable()
    var keys: [[UInt8]] = []
    var model: [[UInt8]: UInt32] = [:]

    func find(_ key: [UInt8]) -> UInt32? {
      key.withUnsafeBufferPointer { key in
        table.find(key) { number, key in
          keys[Int(number)].withUnsafeBufferPointer { compareBytes($0, key) == 0 }
        }
      }
    }

    /// Whether its number, or another of its hash, stands where it would be looked for.
    func isLikely(_ key: [UInt8]) -> Bool {
      let tag = key.withUnsafeBufferPointer { KeyTable.tag($0) }
      guard let number = table.likely(tag) else { return false }
      return keys[Int(number)].withUnsafeBufferPointer { KeyTable.tag($0) == tag }
    }

    mutating func insert(_ key: [UInt8]) {
      let number = UInt32(keys.count)
      keys.append(key)
      model[key] = number
      key.withUnsafeBufferPointer { table.insert(number, $0) }
    }

    mutating func remove(_ key: [UInt8]) {
      guard let number = model.removeValue(forKey: key) else { return }
      key.withUnsafeBufferPointer { table.remove(number, $0) }
    }
  }

  /// Few keys, so that runs of slots touch and every removal shifts others back.
  @Test(arguments: [9, 12, 24, 200])
  func comesAndGoesLikeADictionary(keys: Int) {
    var random = Random()
    var twin = Twin()
    for step in 0..<8_000 {
      let key = Array("key\(Int.random(in: 0..<keys, using: &random))".utf8)
      #expect(twin.find(key) == twin.model[key], "seed \(random.seed), step \(step)")
      #expect(twin.isLikely(key) || twin.model[key] == nil, "seed \(random.seed), step \(step)")
      twin.model[key] == nil ? twin.insert(key) : twin.remove(key)
      #expect(twin.table.count == twin.model.count)
      guard step % 16 == 0 else { continue }
      for number in 0..<keys {
        let key = Array("key\(number)".utf8)
        #expect(twin.find(key) == twin.model[key], "seed \(random.seed), step \(step)")
      }
    }
  }

  /// Names of each length have a number while they are there, and none has another's.
  @Test func namesHaveNumbersOfTheirOwn() {
    var random = Random()
    var table = NameTable()
    var model: [[UInt8]: Int] = [:]
    for step in 0..<8_000 {
      let length = Int.random(in: 0..<20, using: &random)
      let name = (0..<length).map { _ in UInt8.random(in: 0..<2, using: &random) }
      #expect(table.find(name) == model[name], "seed \(random.seed), step \(step)")
      if let number = model.removeValue(forKey: name) {
        table.remove(number)
      } else {
        let number = table.insert(name)
        #expect(!model.values.contains(number), "seed \(random.seed), step \(step)")
        model[name] = number
      }
      #expect(table.count == model.count)
    }
    for (name, number) in model { #expect(table.find(name) == number, "seed \(random.seed)") }
  }

  @Test func manyKeysGrowItAndNoneIsLost() {
    var twin = Twin()
    let keys = (0..<150_000).map { Array("name_\($0)".utf8) }
    for key in keys { twin.insert(key) }
    #expect(keys.allSatisfy { twin.find($0) == twin.model[$0] })
    for key in keys.enumerated() where key.offset % 3 != 0 { twin.remove(key.element) }
    #expect(keys.allSatisfy { twin.find($0) == twin.model[$0] })
    #expect(twin.table.count == 50_000)
    #expect(twin.find([]) == nil)
  }
}
