// Regular expressions: what they match, what they may cost, and the prefix that an index can use.

import Generators
import Testing

@testable import OctopusRecords

@Suite struct PatternTests {
  @Test(arguments: [
    ("^hw\\.pci\\.device\\.[0-9]+", "hw.pci.device."), ("^abc$", "abc"), ("^ab*", "a"),
    ("^ab+", "a"), ("^ab+(?m){0}", "a"), ("^ab?c", "a"), ("^ab{2}", "a"), ("^é*", ""),
    ("^aé?", "a"), ("^a.b", "a"),
    ("^a\\d", "a"), ("^a\\*b", "a*b"), ("^a\\.*", "a"), ("^(a)", ""), ("^[a]", ""), ("^", ""),
    ("^^a", ""), ("^\\Qa.b\\E", ""), ("^a\\x41", "a"), ("^a\\pL", "a"), ("^a b", "a b"),
    ("^(?i)a", ""), ("^ab(?i)c", "a"), ("^ab(?i)*", "a"),
    ("^ab\\Q\\E*", "a"), ("^ab(c)", "ab"), ("^a\\", "a"),
  ])
  func prefixes(pattern: String, prefix: String) throws {
    guard let pattern = try? compile(pattern) else { return }  // The last is none.
    #expect(pattern.literalPrefix.map { String(decoding: $0, as: UTF8.self) } == prefix)
  }

  @Test(arguments: ["abc", "a^b", "^a|b", "(^a)", "^a\\|b", "", "^(a|b)"])
  func withoutPrefix(pattern: String) throws {
    #expect(try compile(pattern).literalPrefix == nil)
  }

  /// Patterns of every shape, on texts near them.
  @Test func everyMatchBeginsWithThePrefix() throws {
    var random = Random.logged()
    let pieces = [
      "a", "b", "é", ".", "*", "+", "?", "{0}", "{0,1}", "{2}", "{", "}", "|", "(", ")", "[ab]",
      "\\.",
      "\\*", "\\d", "\\b", "\\A", "\\Q", "\\E", "$", "^", "(?i)", "(?m)", "(?s)", "(?:", "\\x61",
      "\\_",
      "\\-", " ", "*?", "+?", "??", "\\pL", "\\C", "\\z", "]", "-", "A",
    ]
    let letters = ["a", "b", "é", "A", ".", "*", "\n", "{", "}", " ", "_", "-", "Q", "E"]
    var matches = 0
    for _ in 0..<4_000 {
      let source =
        "^" + (0..<Int.random(in: 0...6, using: &random)).map { _ in random.pick(pieces) }.joined()
      guard let pattern = try? compile(source), let prefix = pattern.literalPrefix else { continue }
      for _ in 0..<8 {
        var text = random.once(in: 2) ? prefix : []
        if random.once(in: 3), !text.isEmpty { text.removeLast() }
        text += (0..<Int.random(in: 0...3, using: &random)).flatMap { _ in
          Array(random.pick(letters).utf8)
        }
        guard text.withUnsafeBufferPointer({ pattern.matches($0) }) else { continue }
        matches += 1
        #expect(
          text.starts(with: prefix), "\(source) matches \(String(decoding: text, as: UTF8.self))")
      }
    }
    #expect(matches > 500, "the generator lost its point")
  }

  @Test(arguments: [
    "(a{1000}){100}", "((a{100}){100}){100}", "\\pL{500}", "(a{1001})", "[[:foo:]]",
  ])
  func patternsThatAreTooCostlyAreRefused(source: String) {
    let error = #expect(throws: SyntaxError.self) { try Query(parsing: "a { b: r'\(source)' }") }
    #expect(error?.reason == .pattern)
    #expect(error?.offset == 7)
  }

  @Test func deepNestingIsRefusedOrMatched() throws {
    let deep = String(repeating: "(", count: 900) + "a" + String(repeating: ")", count: 900)
    _ = try? compile(deep)
    _ = try? compile(String(repeating: "(", count: 4_000))
    _ = try? compile(String(repeating: "a?", count: 1_000) + String(repeating: "a", count: 1_000))
  }

  /// A backtracking matcher would take longer than a lifetime.
  @Test func matchingTakesLinearTime() throws {
    let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000) + [UInt8(ascii: "!")]
    for source in ["(a+)+$", "(a|aa)+$", "^(a?){50}a{50}$"] {
      #expect(try letters.withUnsafeBufferPointer { try compile(source).matches($0) } == false)
    }
  }

  @Test func lettersAreUTF8() throws {
    #expect(try ("_ { a: r'^.$' }" as Query).validated().matches("x { a: 'é' }"))
    #expect(try ("_ { a: r'^é+$' }" as Query).validated().matches("x { a: 'ééé' }"))
    #expect(try ("_ { a: r'^$' }" as Query).validated().matches("x { a: '' }"))
    #expect(try ("_ { a: r'^a\\x00b$' }" as Query).validated().matches("x { a: 'a\\0b' }"))
  }

  private func compile(_ source: String) throws -> Pattern {
    try Array(source.utf8).withUnsafeBufferPointer { try Pattern($0, at: 0) }
  }
}
