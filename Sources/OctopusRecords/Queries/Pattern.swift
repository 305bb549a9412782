import CRE2

/// A compiled regular expression: RE2 syntax and defaults, UTF-8, found anywhere unless anchored.
///
/// Patterns come from clients, so matching takes linear time in the text for every pattern.
// Safe to share: RE2 objects are immutable once built and documented as thread-safe.
package final class Pattern: @unchecked Sendable {
  package let source: [UInt8]
  /// The size of the compiled program.
  package let instructions: Int
  /// In a longer text the pattern is not found.
  package let longestText: Int
  private let compiled: OpaquePointer
  /// The memory that RE2 may use for it.
  private let memory: Int
  /// Whether RE2 may do without an automaton in every match, because it cannot read backwards.
  private let isInterpreted: Bool

  /// Compiles a pattern of a query that has others already.
  ///
  /// - Throws: `SyntaxError` for what RE2 refuses, and when all are together over a limit.
  /// - Complexity: 10 to 40 µs for an ordinary pattern, at most about 4 ms for all of a query.
  package init(_ source: Bytes, at offset: Int, beside others: [Pattern] = []) throws(SyntaxError) {
    var demand = PatternDemand(others)
    demand.add(source)
    try demand.check(at: offset)
    var memory = Limits.patternMemory
    var compiled = try Pattern.compile(source, memory, at: offset)
    let instructions = Int(cre2_program_size(compiled))
    do throws(SyntaxError) {
      demand.add(instructions: instructions)
      try demand.check(at: offset)
      if instructions > Limits.smallPattern {
        memory *= instructions <= Limits.mediumPattern ? 2 : 12
        let larger = try Pattern.compile(source, memory, at: offset)
        cre2_free(compiled)
        compiled = larger
      }
    } catch {
      cre2_free(compiled)
      throw error
    }
    // Now, not in the first match: it takes as long as to compile the pattern.
    let isReversible = !Pattern.mayBeAnchoredAtEnd(source) || cre2_reverse(compiled)
    self.source = Array(source)
    self.instructions = instructions
    self.compiled = compiled
    self.memory = memory
    longestText = min(Limits.patternTextBytes, Limits.patternWork / max(instructions, 1))
    isInterpreted = !isReversible
  }

  deinit { cre2_free(compiled) }

  private static func compile(
    _ source: Bytes, _ memory: Int, at offset: Int
  ) throws(SyntaxError) -> OpaquePointer {
    var message = [CChar](repeating: 0, count: 256)
    let result = message.withUnsafeMutableBufferPointer { message in
      source.withMemoryRebound(to: CChar.self) { source in
        cre2_compile(
          source.baseAddress, source.count, Int64(memory), message.baseAddress, message.count)
      }
    }
    if let result { return result }
    let reason = String(
      decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    throw SyntaxError("bad regular expression: \(reason)", at: offset, reason: .pattern)
  }

  /// Whether it may end with `$` or `\z`.
  private static func mayBeAnchoredAtEnd(_ source: Bytes) -> Bool {
    source.contains(UInt8(ascii: "$")) || source.contains(UInt8(ascii: "z"))
  }

  /// About how many bytes it occupies: the program, the automaton that matching builds, and its
  /// share of that of a set.
  package var footprint: Int {
    1_500 + source.count + 48 * instructions + memory / 3 + (fitsIntoSets ? memoryInSets : 0)
  }

  /// Whether matching it in a set with others is better than alone.
  package var fitsIntoSets: Bool { instructions <= Limits.patternInstructions / 8 }

  /// What a set may occupy for it.
  package var memoryInSets: Int { 8 << 10 + 256 * instructions }

  /// Whether the pattern matches somewhere in the text; never in one longer than `longestText`.
  /// Adds the cost, in units of `MatchCost`.
  ///
  /// - Complexity: O(n), about 50 ns for 30 bytes, at most about 10 ms.
  package func matches(_ text: Bytes, cost: inout Int) -> Bool {
    guard text.count <= longestText else { return false }
    var effort = cre2_effort()
    let isFound = text.withMemoryRebound(to: CChar.self) {
      cre2_matches(compiled, $0.baseAddress, $0.count, &effort)
    }
    if isInterpreted { effort.interpreted = true }
    cost &+= MatchCost.match(text.count, instructions: instructions, effort)
    return isFound
  }

  /// The same for a caller that does not count.
  package func matches(_ text: Bytes) -> Bool {
    var cost = 0
    return matches(text, cost: &cost)
  }

  /// The most that it costs as one of many patterns, which share the building of states in a set.
  func costAmongMany(_ bytes: Int) -> Int {
    bytes * instructions * MatchCost.instructionOfState + MatchCost.search(bytes)
  }

  /// About what it cost to compile it, in units of `MatchCost`.
  var compileCost: Int { 10_000 + 500 * source.count + 1_500 * instructions }

  /// The literal text with which every match begins, if the pattern is anchored at the start.
  ///
  /// Parses the plain start of the pattern: `^hw\.pci\.device\.[0-9]+` gives `hw.pci.device.`. With
  /// an alternation anywhere the result is nil; before a possible quantifier a letter is dropped.
  // `RE2::PossibleMatchRange` is no substitute: it bounds the match, not the text, with equal
  // bounds for `^abc` and `abc`. The anchor, an alternation and what quantifies them would be
  // parsed here all the same.
  package var literalPrefix: [UInt8]? {
    guard source.first == UInt8(ascii: "^"), !source.contains(UInt8(ascii: "|")) else { return nil }
    var prefix: [UInt8] = []
    var rest = source.dropFirst()
    while let letter = rest.popFirst() {
      if letter == UInt8(ascii: "\\"), let escaped = rest.first, Pattern.isPunctuation(escaped) {
        prefix.append(escaped)
        rest.removeFirst()
      } else if Pattern.special.contains(letter) {
        if Pattern.mayQuantify(letter, rest.first) { Pattern.dropLetter(&prefix) }
        break
      } else {
        prefix.append(letter)
      }
    }
    return prefix
  }

  private static let special = Array(".[](){}*+?^$\\".utf8)

  /// Whether the letter before this syntax may be optional: because of `*`, `?` or `{0}`, or of one
  /// that follows, as in `a+(?i)*` and `a\Q\E*`.
  private static func mayQuantify(_ letter: UInt8, _ next: UInt8?) -> Bool {
    switch letter {
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): true
    case UInt8(ascii: "("): next == UInt8(ascii: "?")
    case UInt8(ascii: "\\"): next == UInt8(ascii: "Q") || next == UInt8(ascii: "E")
    default: false
    }
  }

  private static func isPunctuation(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e: true
    default: false
    }
  }

  /// A quantifier binds one whole UTF-8 letter.
  private static func dropLetter(_ prefix: inout [UInt8]) {
    while let last = prefix.popLast(), last & 0xc0 == 0x80 {}
  }
}
