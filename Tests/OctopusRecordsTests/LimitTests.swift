// Each limit that this module keeps: the last that is allowed, and the first that is not.

import Testing

@testable import OctopusRecords

@Suite struct LimitTests {
  @Test func namesAreLimited() throws {
    let longest = String(repeating: "a", count: Limits.nameBytes)
    #expect(try Record(parsing: longest).name == longest)
    #expect(try Record(parsing: "'\(longest)'").name == longest)
    #expect(try Record(parsing: "a { \(longest): \(longest) }")[longest] == .symbol(longest))
    #expect(try Record(name: longest, attributes: [longest: 1])[longest] == 1)
    // Escapes do not count; what they mean does.
    let quotes = String(repeating: "'", count: Limits.nameBytes)
    #expect(try Record(parsing: printed(name: quotes)).name == quotes)

    expectTooLong(at: 0) { try Record(parsing: longest + "a") }
    expectTooLong(at: 1) { try Query(parsing: " '\(longest)a'") }
    expectTooLong(at: 4) { try Record(parsing: "a { \(longest)a: 1 }") }
    expectTooLong(at: 7) { try Record(parsing: "a { b: \(longest)a }") }
    expectTooLong(at: 0) { try Record(name: longest + "a") }
    expectTooLong(at: 0) { try Record(name: "a", attributes: [longest + "a": 1]) }
  }

  @Test func recordsAreLimited() throws {
    let frame = "a { b: '' }".utf8.count
    let content = String(repeating: "x", count: Limits.recordBytes - frame)
    let largest = try Record(parsing: "a { b: '\(content)' }")
    #expect(largest.text.count == Limits.recordBytes)
    #expect(largest["b"] == .string(content))
    #expect(try Record(name: "a", attributes: ["b": .string(content)]) == largest)

    expectTooLong(at: Limits.recordBytes) { try Record(parsing: "a { b: '\(content)x' }") }
    expectTooLong(at: Limits.recordBytes) { try Write(parsing: "a { b: '\(content)x' }") }
    expectTooLong(at: Limits.recordBytes) {
      try Record(name: "a", attributes: ["b": .string(content + "x")])
    }
    expectTooLong(at: Limits.recordBytes) {
      try parse("a", body: "{ b: '\(content)xx' }", as: Record.self)
    }
    // What counts is the canonical text too: here it is longer than what was written.
    expectTooLong(at: Limits.recordBytes) { try Record(parsing: "a{b:'\(content)xxxx'}") }
    expectTooLong(at: 0) {
      try Record(name: "a", attributes: ["b": .string(content + content)])
    }
  }

  @Test func queriesAreLimited() throws {
    let frame = "a { b: '' }".utf8.count
    let content = String(repeating: "x", count: Limits.queryBytes - frame)
    #expect(try Query(parsing: "a { b: '\(content)' }").text.count == Limits.queryBytes)
    expectTooLong(at: Limits.queryBytes) { try Query(parsing: "a { b: '\(content)x' }") }
  }

  @Test func textsOverTheLimitMatchNoPattern() throws {
    let fits = try Record(
      name: "r", attributes: ["a": .string(String(repeating: "x", count: Limits.patternTextBytes))])
    let more = try Record(
      name: "r",
      attributes: ["a": .string(String(repeating: "x", count: Limits.patternTextBytes + 1))])
    let query = try Query(parsing: "_ { a: r'x$' }")
    #expect(query.matches(fits))
    #expect(!query.matches(more))
  }

  @Test func patternsAreLimited() throws {
    let longest = String(repeating: "a*", count: Limits.patternBytes / 2)
    #expect(try Query(parsing: "r'\(longest)'").matches(try Record(parsing: "a")))
    expectTooLong(at: 0) { try Query(parsing: "r'\(longest)*'") }
    // All of a query count together.
    let half = String(repeating: "a*", count: Limits.patternBytes / 4)
    #expect(try Query(parsing: "r'\(half)' { a: r'\(half)' }").clause.patterns.count == 2)
    expectTooLong(at: "r'\(half)' { a: ".utf8.count) {
      try Query(parsing: "r'\(half)' { a: r'\(half)*' }")
    }

    let most = Array(repeating: "a: r'x'", count: Limits.patternsPerQuery - 1).joined(
      separator: ",")
    #expect(try Query(parsing: "r'x' { \(most) }").clause.patterns.count == Limits.patternsPerQuery)
    let place = "r'x' { \(most), a: ".utf8.count
    expectTooLong(at: place) { try Query(parsing: "r'x' { \(most), a: r'x' }") }
  }

  @Test func programsAreLimited() throws {
    // The program of `a{n}` has a few instructions more.
    let one = try pattern("a{1000}").instructions - 1_000
    let (first, second) = (900, Limits.patternInstructions - 900 - 2 * one)
    _ = try Query(parsing: "r'a{\(first)}' { b: r'a{\(second)}' }")
    expectBadPattern { try Query(parsing: "r'a{\(first)}' { b: r'a{\(second + 1)}' }") }
    expectBadPattern { try Query(parsing: "r'a{\(first)}a{\(second + one + 1)}'") }
    // RE2 would make no instruction of these, but takes time for them.
    expectBadPattern { try Query(parsing: "r'(?:){900}' { b: r'(?:){601}' }") }
    _ = try Query(parsing: "r'(?:){900}' { b: r'(?:){600}' }")
  }

  @Test func unicodeClassesAreLimited() throws {
    let most = String(repeating: "\\p{Greek}", count: Limits.patternProperties)
    #expect(try pattern(most).instructions < Limits.patternInstructions)
    expectBadPattern { try Query(parsing: "r'\(most)\\PL'") }
    expectBadPattern { try Query(parsing: "r'\(most)' { b: r'[^\\pN]' }") }
    _ = try Query(parsing: "r'\(most)\\\\pL'")
  }

  @Test func longTextsMatchNoLargePattern() throws {
    let large = try pattern("a{1000}")
    #expect(large.longestText == Limits.patternWork / large.instructions)
    #expect(large.longestText >= Limits.nameBytes)
    let text = [UInt8](repeating: UInt8(ascii: "a"), count: large.longestText + 1)
    #expect(text.dropLast().withUnsafeBufferPointer { large.matches($0) })
    #expect(!text.withUnsafeBufferPointer { large.matches($0) })
    #expect(try pattern("a{10}").longestText == Limits.patternTextBytes)
  }

  private func pattern(_ source: String) throws -> Pattern {
    try Query(parsing: "r'\(source)'").clause.patterns[0]
  }

  private func expectBadPattern<T>(
    _ body: () throws -> T, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: SyntaxError.self, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error?.reason == .pattern, sourceLocation: sourceLocation)
  }

  @Test func recordWithMoreAttributesThanTheLimitIsRefused() throws {
    let names = (0..<Limits.attributes).map { "a\($0 + 10_000)" }
    for names in [names, names.reversed()] {
      let most = try Record(parsing: body(names))
      #expect(most.attributes.map(\.name) == names.sorted())
      #expect(most[names[7]] == 1)
      for more in [names + ["b"], ["b"] + names] {
        let error = #expect(throws: SyntaxError.self) { _ = try Record(parsing: body(more)) }
        #expect(error?.reason == .tooLong)
      }
      let other = try Record(parsing: "a { b: 1 }")
      #expect(throws: Record.MergeError.self) {
        _ = try most.merging(other, removing: [], adding: [])
      }
    }
  }

  /// Sorting by insertion alone would take minutes for these, in the worst order.
  @Test func textWithVeryManyAttributesIsRefusedAtOnce() throws {
    let names = (0..<100_000).map { "a\($0 + 1_000_000)" }
    let error = #expect(throws: SyntaxError.self) {
      _ = try Record(parsing: body(names.reversed()))
    }
    #expect(error?.reason == .tooLong)
  }

  /// In canonical form.
  private func body(_ names: [String]) -> String {
    "a { " + names.map { "\($0): 1" }.joined(separator: ", ") + " }"
  }

  private func expectTooLong<T>(at offset: Int, _ body: () throws -> T) {
    let error = #expect(throws: SyntaxError.self) { _ = try body() }
    #expect(error?.reason == .tooLong)
    #expect(error?.offset == offset)
  }
}
