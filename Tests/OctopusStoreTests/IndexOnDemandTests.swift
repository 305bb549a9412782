import OctopusRecords
import Testing

@testable import OctopusStore

/// Which attributes of a large store are indexed: those that a query needed.
@Suite struct IndexOnDemandTests {
  private func write(_ numbers: some Sequence<Int>, to store: inout Store) throws {
    for number in numbers {
      let pairs: [(String, Value)] = [
        ("n", .integer(Int64(number))), ("parity", .string(number % 2 == 0 ? "even" : "odd")),
        ("text", .string("a long beginning \(number % 700)")),
      ]
      let record = try Record(name: "\(number % 50 == 0 ? "rare" : "row")_\(number)", pairs: pairs)
      store.write(Row(record: record, revision: 1, created: 1, owner: 0))
    }
  }

  private func materialized(_ store: borrowing Store) -> [String] {
    ["n", "parity", "text"].filter { key in
      Array(key.utf8).withUnsafeBufferPointer { store.attributes.find($0) }
        .map { store.attributes[$0].isMaterialized } ?? false
    }
  }

  @Test func indexesAreMaterializedUpToTheThreshold() throws {
    var store = Store(lazyThreshold: 100)
    try write(0..<100, to: &store)
    #expect(materialized(store) == ["n", "parity", "text"])
    try write(100..<101, to: &store)
    #expect(materialized(store) == [])
  }

  /// Before that, an index has its rows unsorted.
  @Test func indexesThatNoQueryNeedsAreNotSorted() throws {
    var store = Store(lazyThreshold: 100)
    try write(1..<91, to: &store)
    func values(_ key: String) -> Int {
      Array(key.utf8).withUnsafeBufferPointer { store.attributes.find($0) }
        .map { store.attributes[$0].values.count } ?? 0
    }
    for number in stride(from: 1, to: 91, by: 3) {
      Array("row_\(number)".utf8).withUnsafeBufferPointer { _ = store.erase($0) }
    }
    #expect(values("n") == 0)
    #expect(try store.count("_ { n >= 11, n < 20 }") == 6)
    #expect(values("n") == 60)
    #expect(values("parity") == 0)
    try write(91..<94, to: &store)
    #expect(values("n") == 63)
    #expect(try store.count("_ { n >= 90, parity: 'odd' }") == 2)
    #expect(values("parity") == 2)
  }

  @Test func anIndexThatAQueryNeedsStaysSorted() throws {
    var store = Store(lazyThreshold: 100)
    try write(0..<5_000, to: &store)
    let found = try store.select("_ { n: 77 }", ReadOptions())
    #expect((found.index, found.candidates, found.rows.count) == ("value of n", 1, 1))
    #expect(materialized(store) == ["n"])
    try write(5_000..<6_000, to: &store)
    #expect(try store.count("_ { n >= 5990 }") == 10)
    #expect(try store.count("_ { text: r'^a long beginning 1$' }") == 9)
    #expect(materialized(store) == ["n", "text"])
    #expect(try store.count("_ { parity: 'odd' }") == 3_000)
    #expect(materialized(store) == ["n", "parity", "text"])
  }

  @Test func noIndexIsSortedWhereAnotherWayIsShort() throws {
    var store = Store(lazyThreshold: 110)
    try write(0..<5_000, to: &store)
    #expect(try store.select("r'^rare_' { n: 50 }", ReadOptions()).rows.count == 1)
    #expect(try store.first("row_1 { parity: 'odd' }") != nil)
    #expect(materialized(store) == [])
    #expect(try store.count("_ { n < 20, parity: 'odd' }") == 10)
    #expect(try store.count("_ { none: 1 }") == 0)
    #expect(materialized(store) == ["n"])
  }

  @Test func anIndexThatTakesMoreThanTheBudgetIsBuiltInParts() throws {
    var store = Store(stepBudget: 500_000, lazyThreshold: 100)
    try write(0..<3_000, to: &store)
    func count() throws -> Int {
      store.budget.renew()
      return try store.count("_ { n >= 1000, n < 1010 }")
    }
    #expect(throws: ReadFailure.needsIndex) { try count() }
    var parts = 0
    while store.indexesToBuild > 0 {
      #expect(throws: ReadFailure.needsIndex) { try count() }
      store.budget.renew()
      store.continueIndexes()
      parts += 1
      // Changes of rows that are in the index already, and of others.
      try write(parts * 400 - 20..<parts * 400, to: &store)
      Array("row_\(parts)".utf8).withUnsafeBufferPointer { _ = store.erase($0) }
      Array("row_\(2_999 - parts)".utf8).withUnsafeBufferPointer { _ = store.erase($0) }
    }
    #expect(parts > 3)
    #expect(try count() == 10)
    #expect(materialized(store) == ["n"])
  }

  /// Texts with long common prefixes take long to compare, however few they are.
  @Test(arguments: [50, 500])
  func anIndexOfLongTextsIsBuiltInParts(records: Int) throws {
    var store = Store(stepBudget: 2_000_000, lazyThreshold: 100)
    let prefix = String(repeating: "x", count: 40_000)
    for number in 0..<records {
      let pairs = [("t", Value.string("\(prefix)\(number)"))]
      let record = try Record(name: "row_\(number)", pairs: pairs)
      store.write(Row(record: record, revision: 1, created: 1, owner: 0))
    }
    func count() throws -> Int {
      store.budget.renew()
      return try store.count("_ { t > 'y' }")
    }
    #expect(throws: ReadFailure.needsIndex) { try count() }
    #expect(store.budget.spent >= 1_000_000)
    var parts = 0
    while store.indexesToBuild > 0 {
      store.budget.renew()
      store.continueIndexes()
      parts += 1
    }
    #expect(parts > records / 50)
    #expect(try count() == 0)
    #expect(store.budget.spent < 100_000)
  }

  @Test func anIndexIsMaterializedAgainAfterItsLastRowIsRemoved() throws {
    var store = Store(lazyThreshold: 10)
    try write(0..<20, to: &store)
    for number in 0..<20 {
      let name = Array("\(number % 50 == 0 ? "rare" : "row")_\(number)".utf8)
      name.withUnsafeBufferPointer { _ = store.erase($0) }
    }
    #expect(materialized(store) == [])
    try write(0..<5, to: &store)
    #expect(materialized(store) == ["n", "parity", "text"])
    #expect(try store.count("_ { parity: 'odd' }") == 2)
  }
}
