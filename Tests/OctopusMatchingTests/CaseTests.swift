import OctopusRecords
import Testing

@testable import OctopusMatching

@Suite struct CaseTests {
  /// A query, records that it matches, and records that it does not.
  struct Case: Sendable {
    var query: String
    var matching: [String]
    var others: [String]
  }

  static let cases = [
    // Open and closed bounds, with equal numbers of different kinds.
    Case(
      query: "_ { a > 1 }", matching: ["x { a: 1.5 }", "x { a: 2 }"],
      others: ["x { a: 1 }", "x { a: 1.0 }"]),
    Case(
      query: "_ { a >= 1.0 }", matching: ["x { a: 1 }", "x { a: 1.0 }"],
      others: ["x { a: 0 }", "x { a: 0.9 }"]),
    Case(
      query: "_ { a < 1.0 }", matching: ["x { a: 0 }", "x { a: -5.5 }"],
      others: ["x { a: 1 }", "x { a: 1.0 }"]),
    Case(
      query: "_ { a >= 1, a <= 1.0 }", matching: ["x { a: 1 }", "x { a: 1.0 }"],
      others: ["x { a: 1.1 }"]),
    Case(query: "_ { a > 1, a <= 1.0 }", matching: [], others: ["x { a: 1 }", "x { a: 1.0 }"]),
    // Contradictions and classes that never compare.
    Case(
      query: "_ { a > 5, a < 3 }", matching: [], others: ["x { a: 4 }", "x { a: 2 }", "x { a: 6 }"]),
    Case(query: "_ { a > 5, a < 'z' }", matching: [], others: ["x { a: 6 }", "x { a: 'b' }"]),
    Case(
      query: "_ { a < true }", matching: [],
      others: ["x { a: false }", "x { a: true }", "x { a: 0 }"]),
    Case(query: "_ { a: 5, a: 6 }", matching: [], others: ["x { a: 5 }", "x { a: 6 }"]),
    Case(query: "_ { a: 5, a < 'z' }", matching: [], others: ["x { a: 5 }", "x { a: 'b' }"]),
    // Several bounds on one side; the tightest counts.
    Case(
      query: "_ { a > 1, a >= 3, a > 2, a < 9, a <= 5 }", matching: ["x { a: 3 }", "x { a: 5 }"],
      others: ["x { a: 2.9 }", "x { a: 5.1 }"]),
    Case(query: "_ { a > 3, a >= 3 }", matching: ["x { a: 3.1 }"], others: ["x { a: 3 }"]),
    Case(
      query: "_ { a >= 1, a != 3, a < 5 }", matching: ["x { a: 1 }"],
      others: ["x { a: 3 }", "x { a: 3.0 }", "x { a: 5 }"]),
    // The ends of 64 bits.
    Case(
      query: "_ { a > 9223372036854775806 }",
      matching: ["x { a: 9223372036854775807 }", "x { a: 1e19 }"],
      others: ["x { a: 9223372036854775806 }"]),
    Case(
      query: "_ { a < 9223372036854775808.0 }", matching: ["x { a: 9223372036854775807 }"],
      others: ["x { a: 9223372036854775808.0 }"]),
    Case(
      query: "_ { a <= -9223372036854775808 }",
      matching: [
        "x { a: -9223372036854775808 }", "x { a: -9223372036854775808.0 }", "x { a: -1e19 }",
      ], others: ["x { a: -9223372036854775807 }"]),
    Case(
      query: "_ { a > 9007199254740992.0 }", matching: ["x { a: 9007199254740993 }"],
      others: ["x { a: 9007199254740992 }"]),
    // Texts.
    Case(
      query: "_ { a >= 'b', a < c }", matching: ["x { a: b }", "x { a: 'bzz' }"],
      others: ["x { a: 'a' }", "x { a: c }", "x { a: 1 }"]),
    Case(
      query: "_ { a > '' }", matching: ["x { a: 'a' }"], others: ["x { a: '' }", "x { b: 'a' }"]),
    Case(
      query: "_ { a <= 'ü' }", matching: ["x { a: 'ü' }", "x { a: '' }"], others: ["x { a: 'üü' }"]),
    // Equal values of different kinds.
    Case(
      query: "_ { a: 1 }", matching: ["x { a: 1 }", "x { a: 1.0 }"],
      others: ["x { a: '1' }", "x { a: true }", "x { b: 1 }"]),
    Case(query: "_ { a: 1.0 }", matching: ["x { a: 1 }"], others: ["x { a: 1.5 }"]),
    Case(
      query: "_ { a: -0.0 }", matching: ["x { a: 0 }", "x { a: 0.0 }"], others: ["x { a: false }"]),
    Case(
      query: "_ { a: 9223372036854775807 }", matching: ["x { a: 9223372036854775807 }"],
      others: ["x { a: 9223372036854775808.0 }"]),
    Case(
      query: "_ { a: sym }", matching: ["x { a: sym }", "x { a: 'sym' }"],
      others: ["x { a: 'symb' }"]),
    Case(
      query: "_ { a: true }", matching: ["x { a: true }"],
      others: ["x { a: false }", "x { a: 'true' }", "x { a: 1 }"]),
    // Names: a name is not the same text as a value of an attribute.
    Case(
      query: "'/dev/it\\'s'", matching: ["'/dev/it\\'s' {}"], others: ["x { a: '/dev/it\\'s' }"]),
    Case(query: "x { a: _ }", matching: ["x { a: 1 }"], others: ["x {}", "y { a: 1 }"]),
    Case(query: "_ {}", matching: ["x {}", "y { a: 1 }"], others: []),
    Case(query: "r'' {}", matching: ["x {}"], others: []),
    Case(
      query: "r'^dev' { n < 3 }", matching: ["dev.1 { n: 2 }"],
      others: ["dev.1 { n: 3 }", "a.dev { n: 2 }"]),
    Case(query: "r'^ab?' {}", matching: ["a {}", "ac {}"], others: ["b {}"]),
    Case(
      query: "_ { a: r'^b+$' }", matching: ["x { a: bbb }", "x { a: 'b' }"],
      others: ["x { a: 1 }", "x { a: abb }"]),
    Case(
      query: "_ { a != 1 }", matching: ["x { a: 2 }"],
      others: ["x { a: 1.0 }", "x { a: 'b' }", "x {}"]),
  ]

  @Test(arguments: cases)
  func aRegisteredQueryFindsExactlyItsRecords(_ sample: Case) throws {
    let index = IndexUnderTest()
    index.insert(try Query(parsing: sample.query), id: 7)
    for record in sample.matching {
      #expect(index.matches(try Record(parsing: record)) == [7], "\(sample.query) \(record)")
    }
    for record in sample.others {
      #expect(index.matches(try Record(parsing: record)) == [], "\(sample.query) \(record)")
    }
    index.remove(id: 7)
    #expect(index.isPristine)
  }

  @Test func registeredQueriesDoNotDisturbEachOther() throws {
    let index = IndexUnderTest()
    for (id, sample) in Self.cases.enumerated() {
      index.insert(try Query(parsing: sample.query), id: Int64(id))
    }
    for (id, sample) in Self.cases.enumerated() {
      for record in sample.matching {
        #expect(index.matches(try Record(parsing: record)).contains(Int64(id)))
      }
      for record in sample.others {
        #expect(!index.matches(try Record(parsing: record)).contains(Int64(id)))
      }
    }
  }

  @Test func tenThousandEqualQueriesAllMatch() {
    let index = IndexUnderTest()
    for id in 0..<10_000 { index.insert("_ { kind: 'sensor' }", id: Int64(9_999 - id)) }
    #expect(index.matches("s { kind: sensor }") == Array(0..<10_000))
    for id in 0..<10_000 where id % 3 != 0 { index.remove(id: Int64(id)) }
    #expect(index.matches("s { kind: sensor }") == Array(stride(from: 0, to: 10_000, by: 3)))
    for id in stride(from: 9_999, through: 0, by: -3) { index.remove(id: Int64(id)) }
    #expect(index.isPristine)
  }

  @Test func manyIntervalsOnOneNameMatchExactly() throws {
    let index = IndexUnderTest()
    for id in 0..<10_000 {
      index.insert(
        try Query(parsing: "sensor { value >= \(id), value < \(id + 2) }"), id: Int64(id))
    }
    #expect(index.matches("sensor { value: 5000 }") == [4_999, 5_000])
    #expect(index.matches("sensor { value: 3.5 }") == [2, 3])
    #expect(index.matches("other { value: 5000 }") == [])
    #expect(index.matches("sensor {}") == [])
    for id in 0..<10_000 { index.remove(id: Int64(id)) }
    #expect(index.isPristine)
  }

  @Test func manyPatternsOnOneNameMatchWithAndWithoutSets() throws {
    let index = IndexUnderTest()
    for id in 0..<1_000 {
      index.insert(try Query(parsing: "sensor { unit: r'u\(id)$' }"), id: Int64(id))
    }
    for _ in 0..<2 {
      #expect(index.matches("sensor { unit: 'u77' }") == [77])
      #expect(index.matches("sensor { unit: 'u999' }") == [999])
      #expect(index.matches("other { unit: 'u999' }") == [])
      index.build()
    }
    for id in 0..<1_000 { index.remove(id: Int64(id)) }
    #expect(index.isPristine)
  }
}
