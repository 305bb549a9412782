// Regular expressions: what they match, what they may cost, and the prefix that an index can use.

import CRE2
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
    // More instructions than a query may have, though RE2 would take them.
    "((([a-z_0-9]?){20}){20})x$", "((([ab]?){20}){20})c$", "\\pL[\\pL\\pN]*", "\\pL{12}a",
    "a{900}b{900}", "(?:){1000}(?:){1000}",
    // RE2 takes long to read these, and would know their size only then.
    "\\pL\\pL\\pL\\pL\\pL\\pL\\pL\\pL\\pL", "[^\\p{Greek}\\P{Greek}\\pL\\pL\\pL\\pL\\pL\\pL\\PL]",
    "\\Q\\x{1\\Ea{1000}a{1000}", "\\x{61}{900}a{900}", "\\\\x{900}a{900}",
  ])
  func patternsThatAreTooCostlyAreRefused(source: String) {
    let error = #expect(throws: SyntaxError.self) { try Query(parsing: "a { b: r'\(source)' }") }
    #expect(error?.reason == .pattern)
    #expect(error?.offset == 7)
  }

  @Test(arguments: [
    "^\\pL+$", "[\\pL\\pN]+ [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[\\x{1000}-\\x{2000}]{30}",
    "\\p{Greek}\\p{Greek}{2,10}", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
    ".{0,99}x", "a{1000}",
  ])
  func patternsThatAPersonWritesAreTaken(source: String) throws {
    _ = try compile(source)
  }

  @Test func costGrowsWithTheTextAndTheProgram() {
    func cost(_ bytes: Int, _ instructions: Int, _ states: Int, _ isInterpreted: Bool) -> Int {
      let effort = cre2_effort(states: states, bytes: states * 100, interpreted: isInterpreted)
      return MatchCost.match(bytes, instructions: instructions, effort)
    }
    for isInterpreted in [false, true] {
      for states in [0, 9] {
        #expect(cost(9, 9, states, isInterpreted) <= cost(10, 9, states, isInterpreted))
        #expect(cost(9, 9, states, isInterpreted) <= cost(9, 10, states, isInterpreted))
      }
    }
    #expect(cost(9, 9, 1, false) > cost(9, 9, 0, false))
    #expect(cost(9, 9, 1, true) > cost(9, 9, 1, false))
  }

  /// However often they are matched.
  @Test(arguments: [
    "7777$", "^hw\\.usb\\.device\\.[0-9]+$", "(error|warn(ing)?) .*(disk|cpu)[0-9]", "z+(z|i)$",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[a-z]+@[a-z.]+\\.[a-z]{2,}",
    "^(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi)\\.[0-9]+$",
    "(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])",
    "(January|February|March|April|May|June|July|August|September) [0-9]{1,2}, [0-9]{4}",
    ".{20}x", "^\\pL+$", "[\\pL\\pN]+x", "https?://[^/ ]+(/[^ ?]*)?(\\?[^ #]*)?(#[^ ]*)?",
  ])
  func matchOfAnOrdinaryPatternIsCheap(source: String) throws {
    var random = Random.logged()
    let pattern = try compile(source)
    let pieces = [
      "error ", "disk", "7", "hw.usb.device.", "a1b2-", "0", "z", "May ", "192.", "é", "@",
    ]
    for _ in 0..<2_000 {
      let text = (0..<20).flatMap { _ in Array(random.pick(pieces).utf8) }.prefix(30)
      #expect(cost(pattern, Array(text)) <= 150)
    }
  }

  /// Each text makes the automaton build states that it does not have.
  @Test(arguments: ["(a|b)*a(a|b){20}c", "a[ab]{12}c", "a[ab]{100}c"])
  func costOfManyShortTextsIncludesTheStates(source: String) throws {
    var random = Random.logged()
    let texts = (0..<3_000).map { _ in (0..<30).map { _ in random.pick(Array("ab".utf8)) } }
    let pattern = try compile(source)
    let costs = texts.map { cost(pattern, $0) }
    // A state takes 400 units at least, and one in two bytes at least needs a new one.
    #expect(costs.reduce(0, +) > 3_000 * 15 * MatchCost.state)
    let again = try compile(source)
    #expect(texts.map { cost(again, $0) } == costs, "a new pattern counts the same")
  }

  @Test(arguments: ["(a|b)*a(a|b){20}c", "a[ab]{400}c", "((([ab]?){20}){10})c"])
  func costOfALongTextIncludesTheProgram(source: String) throws {
    var random = Random.logged()
    let pattern = try compile(source)
    let longest = (0..<pattern.longestText).map { _ in random.pick(Array("ab".utf8)) }
    let cost = cost(pattern, longest)
    #expect(cost > longest.count * pattern.instructions * 4)
    #expect(cost < 20_000_000, "20 ms")
  }

  @Test func watchCostIsThatOfTheRegularExpressions() throws {
    func watchCost(_ query: String) throws -> Int { try Query(parsing: query).watchCost }
    for cheap in ["a", "a { b: 1, c < 5, d: 'text', e: _ }", "_", "_ { n > 5 }"] {
      #expect(try watchCost(cheap) <= 250, "\(cheap)")
    }
    let (name, attribute) = (try watchCost("r'[0-9]+x'"), try watchCost("_ { a: r'[0-9]+x' }"))
    #expect(name > 1_000 && name < 20_000)
    #expect(attribute > 3 * name)
    #expect(try watchCost("r'[0-9]{99}x'") > 5 * name)
    #expect(try watchCost("r'[0-9]+x' { a: r'[0-9]+x' }") > attribute + name * 9 / 10)
  }

  @Test func compileCostIsThatOfAllPatterns() throws {
    let (small, large) = (try Query(parsing: "r'abc'"), try Query(parsing: "r'abc' { a: r'\\pL' }"))
    #expect(try Query(parsing: "abc { n: 1 }").compileCost == 0)
    #expect(small.compileCost > 0 && large.compileCost > 20 * small.compileCost)
  }

  private func cost(_ pattern: Pattern, _ text: [UInt8]) -> Int {
    var cost = 0
    _ = text.withUnsafeBufferPointer { pattern.matches($0, cost: &cost) }
    return cost
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
