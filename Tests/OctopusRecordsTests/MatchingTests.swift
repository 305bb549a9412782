// Which records a query matches, against the reference model and by example.

import Generators
import Testing

@testable import OctopusRecords

@Suite struct MatchingTests {
  @Test func queriesAgreeWithTheReferenceModel() throws {
    var random = Random.logged()
    var matched = 0
    for _ in 0..<8_000 {
      let record = random.record()
      let query = random.query(near: record)
      let expected = query.matches(record)
      matched += expected ? 1 : 0
      let real = try Query(parsing: query.text).matches(try Record(parsing: record.text))
      #expect(real == expected, "\(query.text) on \(record.text)")
    }
    #expect((500...7_500).contains(matched), "the generators lost their point")
  }

  @Test(arguments: [
    // Names.
    ("a", "a {}", true), ("a", "ab {}", false), ("_", "a {}", true),
    ("'a'", "a {}", true), ("'_'", "a {}", false), ("'_'", "'_' {}", true),
    ("r'b'", "abc {}", true), ("r'^b'", "abc {}", false), ("r'it\\'s'", "'it\\'s' {}", true),
    // An absent attribute satisfies nothing.
    ("_ { x != 1 }", "a {}", false), ("_ { x: _ }", "a {}", false),
    // Numbers compare exactly, across kinds.
    ("_ { x: 1 }", "a { x: 1.0 }", true), ("_ { x == 1.0 }", "a { x: 1 }", true),
    ("_ { x: 9007199254740993 }", "a { x: 9007199254740992.0 }", false),
    ("_ { x > 9007199254740992.0 }", "a { x: 9007199254740993 }", true),
    ("_ { x < 9223372036854775808.0 }", "a { x: 9223372036854775807 }", true),
    ("_ { x: 0 }", "a { x: -0.0 }", true), ("_ { x: 0.0 }", "a { x: -0.0 }", true),
    // Kinds never mix, not even for `!=`.
    ("_ { x != 'b' }", "a { x: 1 }", false), ("_ { x != true }", "a { x: 1 }", false),
    ("_ { x: '1' }", "a { x: 1 }", false),
    // Texts by bytes; strings and symbols alike.
    ("_ { x: 'on' }", "a { x: on }", true), ("_ { x == on }", "a { x: 'on' }", true),
    ("_ { x < 'b' }", "a { x: 'Z' }", true), ("_ { x > 'z' }", "a { x: 'é' }", true),
    ("_ { x: 'e\u{301}' }", "a { x: 'é' }", false), ("_ { x > 'a' }", "a { x: 'a\\0' }", true),
    // Booleans are only equal or not.
    ("_ { x: true }", "a { x: true }", true), ("_ { x != true }", "a { x: false }", true),
    ("_ { x <= true }", "a { x: true }", false), ("_ { x < true }", "a { x: false }", false),
    // Patterns see texts only.
    ("_ { x: r'1' }", "a { x: 1 }", false), ("_ { x: r'1' }", "a { x: '212' }", true),
    ("_ { x: r'^on$' }", "a { x: on }", true), ("_ { x: r'\\n' }", "a { x: '\\n' }", true),
    // Several constraints on one attribute.
    ("_ { x >= 10, x < 20 }", "a { x: 10 }", true), ("_ { x >= 10, x < 20 }", "a { x: 20 }", false),
  ])
  func examples(query: String, record: String, expected: Bool) throws {
    #expect(try Query(parsing: query).matches(try Record(parsing: record)) == expected)
  }

  @Test func equalValuesHaveEqualHashes() {
    var random = Random.logged()
    for _ in 0..<5_000 {
      let a = random.value()
      let b = random.value()
      let isEqual = a.withView { a in b.withView { ValueView.compare(a, $0) } } == 0
      if isEqual { #expect(hash(a) == hash(b)) }
      if case .integer(let integer) = a {
        #expect(
          hash(a) == hash(.float(Double(integer))) || Int64(exactly: Double(integer)) != integer)
      }
      if case .symbol(let text) = a { #expect(hash(a) == hash(.string(text))) }
    }
    #expect(hash(.float(-0.0)) == hash(.integer(0)))
  }

  private func hash(_ value: Value) -> Int {
    var hasher = Hasher()
    value.withView { $0.hash(into: &hasher) }
    return hasher.finalize()
  }

  @Test func valuesAreTotallyOrdered() {
    var random = Random.logged()
    for _ in 0..<300 {
      let values = (0..<12).map { _ in random.value() }
      for a in values {
        for b in values {
          #expect(compare(a, b).signum() == -compare(b, a).signum())
          for c in values where compare(a, b) <= 0 && compare(b, c) <= 0 {
            #expect(compare(a, c) <= 0, "\(a) \(b) \(c)")
          }
        }
      }
    }
  }

  private func compare(_ a: Value, _ b: Value) -> Int {
    a.withView { a in b.withView { ValueView.compare(a, $0) } }
  }

  @Test func valuesWithEqualTextsAreEqual() {
    #expect(Value.integer(1) != .float(1))
    #expect(Value.float(0) != .float(-0.0))
    #expect(Value.string("a") != .symbol("a"))
    #expect(Value.string("é") != .string("e\u{301}"))
    let nan = Value.float(.nan)
    #expect(nan == nan)
  }
}
