import Generators
import Testing

@testable import OctopusCollections

/// The name table against a dictionary.
@Suite struct NameTableTests {
  /// Few names, so that runs of slots touch and every removal shifts others back; of every length.
  @Test(arguments: [9, 24, 200, 100_000])
  func agreesWithADictionary(names: Int) {
    var random = Random.logged(salt: UInt64(names))
    var table = NameTable<Int>()
    var model: [[UInt8]: (number: Int, value: Int)] = [:]
    for step in 0..<8_000 {
      let number = Int.random(in: 0..<names, using: &random)
      let name = Array(repeating: UInt8(ascii: "n"), count: number % 20) + Array("\(number)".utf8)
      #expect(table.find(name) == model[name]?.number, "step \(step)")
      if let (number, value) = model.removeValue(forKey: name) {
        #expect(table[number] == value && table.name(number) == name, "step \(step)")
        #expect(name.withUnsafeBufferPointer { table.hasName(number, $0) }, "step \(step)")
        table.remove(number, leaving: -1)
        #expect(!name.withUnsafeBufferPointer { table.hasName(number, $0) }, "step \(step)")
      } else {
        let number = table.insert(name, step)
        #expect(!model.values.contains { $0.number == number }, "step \(step)")
        model[name] = (number, step)
      }
      #expect(table.count == model.count)
    }
    for (name, entry) in model { #expect(table.find(name) == entry.number) }
  }

  @Test func manyNamesGrowItAndNoneIsLost() {
    var table = NameTable<Int>()
    let names = (0..<150_000).map { Array("name_\($0)".utf8) }
    for (value, name) in names.enumerated() { #expect(table.insert(name, value) == value) }
    for (number, name) in names.enumerated() where number % 3 != 0 {
      #expect(table.find(name) == number)
      table.remove(number, leaving: -1)
    }
    for (number, name) in names.enumerated() {
      #expect(table.find(name) == (number % 3 == 0 ? number : nil))
    }
    #expect(table.count == 50_000)
    #expect(table.find([]) == nil)
  }

  @Test func namesRemovedOneAfterTheOtherAreThoseLeft() {
    var table = NameTable<Int64>()
    let names = (0..<20_000).map { Array("name_\($0)".utf8) }
    for (value, name) in names.enumerated() { table[name] = Int64(value) }
    for name in names[..<5_000] { table[name] = nil }
    var (slot, left) = (Int.max, Set(5_000..<Int64(names.count)))
    while let (name, value) = table.removeNext(below: &slot) {
      #expect(names[Int(value)] == name && left.remove(value) != nil && table[name] == nil)
      if left.count == 10_000 { #expect(table.slotCount < 16_384) }
    }
    #expect(left.isEmpty && table.count == 0)
    table[names[0]] = 7
    #expect(table[names[0]] == 7 && table.count == 1)
  }
}
