// Literals, and that no interpolated value can be more than a value.

import Generators
import Testing

@testable import OctopusRecords

@Suite struct LiteralTests {
  @Test func interpolatedStringsStayOneValue() throws {
    var random = Random.logged()
    for _ in 0..<3_000 {
      let name = random.name()
      let text = random.hostile()
      let record: Record = "\(name) { a: \(text), b: 1 }"
      let model = ModelRecord(name: name, attributes: ["a": .string(text), "b": 1])
      #expect(record.description == model.text)

      let query: Query = "\(name) { a: \(text), a != \(text + "x") }"
      #expect(query.matches(record))

      let write: Write = "\(name) { a: \(text), b == \(text) }"
      #expect(write.record["a"] == .string(text))
      #expect(write.conditions?.clause.terms.count == 1)
    }
  }

  @Test func stringsInsideQuotesAreEscaped() throws {
    var random = Random.logged()
    for _ in 0..<3_000 {
      let text = random.hostile()
      let record: Record =
        "'/dev/\(text)' { a: '\(text)', b: 'x\\\(text)', c: '<\(text)|\(text)>' }"
      #expect(record.name == "/dev/\(text)")
      #expect(record.attributes.map(\.name) == ["a", "b", "c"])
      #expect(record["a"] == .string(text))
      #expect(record["b"] == .string("x\\\(text)"))
      #expect(record["c"] == .string("<\(text)|\(text)>"))
    }
  }

  @Test func stringsInsideRegularExpressionsMatchThemselves() throws {
    var random = Random.logged()
    for _ in 0..<3_000 {
      let text = random.hostile()
      let other = random.hostile()
      let query: Query = "_ { a: r'^<\(text)>$', b: r'\\\(text)' }"
      let record = try Record(
        name: "x", attributes: ["a": .string("<\(text)>"), "b": .string("\\\(text)")])
      // The reference here is Swift's own comparison of bytes.
      #expect(try query.validated().matches(record), "\(query) on \(record)")
      let different = try Record(
        name: "x", attributes: ["a": .string("<\(other)>"), "b": .string("\\\(text)")])
      #expect(query.matches(different) == (Array(text.utf8) == Array(other.utf8)))
    }
  }

  @Test func aStringAfterAnRIsNoRegularExpression() {
    let name = ".*"
    let query: Query = "r\(name) {}"
    #expect(throws: SyntaxError.self) { try query.validated() }
    #expect(!query.matches("a {}"))
  }

  @Test func valuesOfEveryKindAreInterpolated() throws {
    let record: Record = """
      lock_\(7) { a: \(-5), b: \(UInt8(200)), c: \(1.5), d: \(Float(0.25)), e: \(true), \
      f: \(Value.symbol("on")), g: \("x".dropFirst(0)), h: \(Value.string("y")), i: 'n\(1)\(true)' }
      """
    #expect(
      record.description == """
        lock_7 { a: -5, b: 200, c: 1.5, d: 0.25, e: true, f: on, g: 'x', h: 'y', i: 'n1true' }
        """)
    let query: Query = "r'^a\(1.5)$'"
    #expect(query.description == "r'^a1\\.5$' {}")
  }

  @Test func interpolatedNonValuesAreRefused() {
    for record in [
      "a { x: \(Double.nan) }", "a { x: \(-Float.infinity) }", "a { x: \(UInt64.max) }",
      "a { x: \(Double.infinity) }", "a { x: \(Value.float(-.nan)) }", "\(Double.nan) {}",
      "\(Double.infinity) {}", "a { \(Double.nan): 1 }", "a { \(""): 1 }",
    ] as [Record] {
      #expect(throws: SyntaxError.self) { try record.validated() }
    }
  }

  @Test func stringsCanBeAttributeNames() throws {
    var random = Random.logged()
    for _ in 0..<1_000 {
      let name = random.name()
      let record: Record = "a { \(name): 1, 'x\(name)': 2 }"
      #expect(record[name] == 1)
      #expect(record["x" + name] == 2)
      let query: Query = "_ { \(name): 1, 'x\(name)' >= 2 }"
      #expect(query.matches(record))
    }
  }

  @Test func invalidLiteralsKeepTheirTextAndError() throws {
    let record: Record = "a { b: }"
    #expect(record.description == "a { b: }")
    #expect(record.attributes.isEmpty)
    #expect(record["b"] == nil)
    #expect(throws: SyntaxError("expected a value, found '}'", at: 7)) { try record.validated() }

    let query: Query = "a { b: }"
    #expect(query.description == "a { b: }")
    #expect(!query.matches("a {}"))
    #expect(throws: SyntaxError("expected a value, found '}'", at: 7)) { try query.validated() }

    let write: Write = "_ { b: 1 }"
    let error = #expect(throws: SyntaxError.self) { try write.validated() }
    #expect(error?.reason == .needsName)

    #expect(try ("a { b: 1 }" as Record).validated() == "a { b: 1 }")
    #expect(try ("a { b: 1 }" as Query).validated() == "a { b: 1 }")
    #expect(try ("a { b: 1 }" as Write).validated().text == Array("a { b: 1 }".utf8))
  }
}

extension Random {
  /// A string that would like to be more than one.
  fileprivate mutating func hostile() -> String {
    let pieces = [
      "'", "\\", "' }", ", y: 1, z: '", "{", "}", "r'", "\\'", "_", "\n", "\0", "\\E", ".*", "(",
      "[",
      "|", "^", "$", "x", "é", "\\\\", "\u{7f}",
    ]
    if once(in: 3) { return string() }
    return (0..<Int.random(in: 0...4, using: &self)).map { _ in pick(pieces) }.joined()
  }
}
