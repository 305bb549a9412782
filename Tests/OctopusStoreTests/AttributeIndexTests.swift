import Generators
import OctopusRecords
import Testing

@testable import OctopusStore

/// 50,000 rows, with values that many rows share and values of one row.
@Suite struct AttributeIndexTests {
  private static let count = 50_000

  private static func record(_ number: Int) -> Record {
    // Each attribute distributes its values over the rows in another way.
    let kind = ["net", "disk", "usb", "a longer name 1", "a longer name 2"][number % 5]
    var pairs: [(String, Value)] = [
      ("own", .integer(Int64(number))), ("kind", .string(kind)),
      ("bus", .integer(Int64(number % 97))),
      ("half", .float(Double(number) / 2)), ("isEven", .boolean(number % 2 == 0)),
    ]
    if number % 1_000 == 7 { pairs.append(("rare", .symbol("yes"))) }
    return try! Record(name: "row\(number)", pairs: pairs)  // Names and values are valid.
  }

  private static func store(_ numbers: some Sequence<Int>) -> Store {
    var store = Store(stepBudget: .max)
    for number in numbers {
      store.write(Row(record: record(number), revision: 1, created: 1, owner: 0))
    }
    return store
  }

  @Test func queriesOverManyRowsFindExactlyTheMatches() throws {
    var random = Random()
    let store = Self.store((0..<Self.count).shuffled(using: &random))
    func numbers(_ query: Query) throws -> [Int] {
      try store.select(query, ReadOptions()).rows.map {
        Int(store[$0].record["own"]?.integer ?? -1)
      }
    }
    let all = 0..<Self.count
    #expect(
      try numbers("_ { kind: 'usb', bus: 12 }") == all.filter { $0 % 5 == 2 && $0 % 97 == 12 })
    #expect(try numbers("_ { isEven: true, bus < 2 }") == all.filter { $0 % 2 == 0 && $0 % 97 < 2 })
    #expect(try numbers("_ { half >= 10, half < 12.5 }") == Array(20..<25))
    #expect(try numbers("_ { half: 8 }") == [16])
    #expect(try numbers("_ { own > 49990.5, kind: r'^a longer name 2' }") == [49_994, 49_999])
    #expect(try numbers("_ { rare: 'yes', own <= 2007 }") == [7, 1_007, 2_007])
    #expect(try numbers("_ { rare: _ }").count == 50)
    #expect(try numbers("_ { kind: r'^a longer' }").count == 20_000)
    #expect(try store.count("_ { kind: 'net' }") == 10_000)
    #expect(try store.count("_ { isEven: false, kind: 'net' }") == 5_000)
  }

  @Test func changedAndDeletedRowsAreNoLongerFound() throws {
    var random = Random()
    var store = Self.store(0..<5_000)
    for number in (0..<5_000).shuffled(using: &random) {
      if number % 10 == 0 {
        let record = try Record(name: "row\(number)", pairs: [("kind", .string("moved"))])
        store.write(Row(record: record, revision: 2, created: 1, owner: 0))
      } else if number % 10 < 9 {
        Array("row\(number)".utf8).withUnsafeBufferPointer { _ = store.erase($0) }
      }
    }
    #expect(store.count == 1_000)
    #expect(try store.count("_ { kind: 'moved' }") == 500)
    #expect(try store.count("_ { isEven: true }") == 0)
    #expect(try store.count("_ { own: _ }") == 500)
    #expect(store.attributeCount == 500 + 500 * 5)
    #expect(try store.first("_ { half > 2495.6 }").map { store[$0].record.name } == "row4999")
  }

  /// An entry's 64 bits must never disagree with the order of values.
  @Test func prefixesOfGeneratedValuesSortLikeThem() {
    var random = Random()
    var values = (0..<300).map { _ in Generated.value(using: &random) }
    values += [.integer(1 << 53 + 1), .float(0x1p53), .float(.leastNonzeroMagnitude), .float(0)]
    values += [.float(-.greatestFiniteMagnitude), .integer(.min), .float(-0x1p63), .float(0x1p63)]
    values += ["", "\0", "a", "a\0", "abcdefgh", "abcdefgi", "abcdefgé", "\u{10ffff}"].map(
      Value.string)
    for a in values {
      for b in values {
        a.withView { a in
          b.withView { b in
            let order = ValueView.compare(a, b)
            let prefixes = (a.sortingPrefix(skipping: 0), b.sortingPrefix(skipping: 0))
            if order == 0 { #expect(prefixes.0 == prefixes.1) }
            if order < 0 { #expect(prefixes.0 <= prefixes.1) }
          }
        }
      }
    }
  }
}
