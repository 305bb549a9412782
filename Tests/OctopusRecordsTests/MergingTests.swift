// Records made from records, against a dictionary.

import Generators
import Testing

@testable import OctopusRecords

@Suite struct MergingTests {
  @Test func mergingAgreesWithADictionary() throws {
    var random = Random.logged()
    for _ in 0..<3_000 {
      let (base, changes) = (random.record(), random.record())
      let keys = Array(Set(base.attributes.keys).union([random.name()])).sorted()
      var others = keys.filter { changes.attributes[$0] == nil }.shuffled(using: &random)[...]
      let removed = Array(others.prefix(Int.random(in: 0...2, using: &random)))
      others = others.dropFirst(removed.count)
      var expected = base
      expected.attributes.merge(changes.attributes) { $1 }
      for key in removed { expected.attributes[key] = nil }
      var added: [([UInt8], Value)] = []
      if let key = others.first, let sum = sum(base.attributes[key] ?? 0, 5) {
        expected.attributes[key] = sum
        added = [(Array(key.utf8), 5)]
      }
      let merged = try Record(parsing: base.text).merging(
        Record(parsing: changes.text), removing: removed.map { Array($0.utf8) }, adding: added)
      #expect(merged.description == expected.text)
    }
  }

  private func sum(_ value: Value, _ amount: Int64) -> Value? {
    switch value {
    case .integer(let value): value > .max - amount ? nil : .integer(value + amount)
    case .float(let value): .float(value + Double(amount))
    default: nil
    }
  }

  @Test(arguments: [
    ("a { x: 1 }", "a { y: 2 }", ["y"], [], "'y' is named twice"),
    ("a { x: 1 }", "a {}", ["x", "x"], [], "'x' is named twice"),
    ("a { x: 1 }", "a {}", ["x"], ["x"], "'x' is named twice"),
    ("a { x: 1 }", "a { x: 2 }", [], ["x"], "'x' is named twice"),
    ("a { x: 9223372036854775807 }", "a {}", [], ["x"], "'x' would not fit into 64 bits"),
    ("a { x: '1' }", "a {}", [], ["x"], "'x' is not a number"),
    ("a { x: true }", "a {}", [], ["x"], "'x' is not a number"),
  ])
  func refuses(base: String, changes: String, removed: [String], added: [String], message: String) {
    let error = #expect(throws: Record.MergeError.self) {
      try Record(parsing: base).merging(
        Record(parsing: changes), removing: removed.map { Array($0.utf8) },
        adding: added.map { (Array($0.utf8), 1) })
    }
    switch error {
    case .conflict(let found), .mismatch(let found): #expect(found == message)
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func aRenamedRecordKeepsItsAttributes() throws {
    var random = Random.logged()
    for _ in 0..<500 {
      var model = random.record()
      let record = try Record(parsing: model.text)
      model.name = random.name()
      let renamed = try Array(model.name.utf8).withUnsafeBufferPointer { try record.renamed($0) }
      #expect(renamed.description == model.text)
      #expect(renamed.name == model.name)
      for (key, value) in model.attributes { #expect(renamed[key] == value) }
    }
    let long = [UInt8](repeating: 0x61, count: Limits.nameBytes + 1)
    let error = #expect(throws: SyntaxError.self) {
      try long.withUnsafeBufferPointer { try ("a" as Record).renamed($0) }
    }
    #expect(error?.reason == .tooLong)
  }
}
