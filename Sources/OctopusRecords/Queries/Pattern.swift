import CRE2

/// A compiled regular expression: RE2 syntax and defaults, UTF-8, found anywhere unless anchored.
///
/// Patterns come from clients, so matching takes linear time in the text for every pattern.
// Safe to share: RE2 objects are immutable once built and documented as thread-safe.
package final class Pattern: @unchecked Sendable {
  package let source: [UInt8]
  private let compiled: OpaquePointer

  /// Complexity: about 4 µs; bounded by `Limits.patternProgramBytes`.
  package init(_ source: Bytes, at offset: Int) throws(SyntaxError) {
    guard source.count <= Limits.patternBytes else {
      throw SyntaxError(
        "a regular expression longer than \(Limits.patternBytes) bytes", at: offset,
        reason: .tooLong)
    }
    var message = [CChar](repeating: 0, count: 256)
    let result = message.withUnsafeMutableBufferPointer { message in
      source.withMemoryRebound(to: CChar.self) { source in
        cre2_compile(
          source.baseAddress, source.count, Limits.patternProgramBytes, message.baseAddress,
          message.count)
      }
    }
    guard let result else {
      let reason = String(
        decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw SyntaxError("bad regular expression: \(reason)", at: offset, reason: .pattern)
    }
    compiled = result
    self.source = Array(source)
  }

  deinit { cre2_free(compiled) }

  /// About how many bytes it occupies, what matching builds besides not counted.
  package var footprint: Int { 1_500 + source.count + 32 * Int(cre2_program_size(compiled)) }

  /// Whether the pattern matches somewhere in the text; never in one longer than
  /// `Limits.patternTextBytes`. Complexity: O(n), about 50 ns for 30 bytes.
  package func matches(_ text: Bytes) -> Bool {
    guard text.count <= Limits.patternTextBytes else { return false }
    return text.withMemoryRebound(to: CChar.self) {
      cre2_matches(compiled, $0.baseAddress, $0.count)
    }
  }

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
