/// What regular expressions ask of RE2, as far as it can be told before they are compiled, or of
/// all expressions of a query together.
///
/// RE2 bounds the size of a program. It does not bound the time to read what is repeated or is a
/// class of Unicode letters, before it knows the size: `\pL` takes 100 µs each time.
struct PatternDemand {
  private var bytes = 0
  /// How many copies counted repetitions make: 30 for `a{10,20}`. Each copy takes an instruction.
  private var copies = 0
  /// Classes of Unicode letters by property, such as `\pL` and `\p{Greek}`.
  private var properties = 0
  private var instructions = 0

  init(_ patterns: [Pattern]) {
    for pattern in patterns {
      pattern.source.withUnsafeBufferPointer { add($0) }
      instructions += pattern.instructions
    }
  }

  /// Adds an expression that is not compiled yet.
  mutating func add(_ source: Bytes) {
    bytes += source.count
    var rest = source[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "{"): copies += PatternDemand.numbers(in: &rest)
      case UInt8(ascii: "\\"):
        guard let letter = rest.popFirst() else { return }
        let isProperty = letter == UInt8(ascii: "p") || letter == UInt8(ascii: "P")
        if isProperty { properties += 1 }
        if isProperty || letter == UInt8(ascii: "x") { PatternDemand.skipBraces(&rest) }
      default: break
      }
    }
  }

  mutating func add(instructions count: Int) { instructions += count }

  /// Throws if something is over its limit.
  func check(at offset: Int) throws(SyntaxError) {
    if bytes > Limits.patternBytes {
      throw SyntaxError(
        "regular expressions of more than \(Limits.patternBytes) bytes in a query", at: offset,
        reason: .tooLong)
    }
    if properties > Limits.patternProperties {
      throw SyntaxError(
        "more than \(Limits.patternProperties) Unicode classes (\\p) in the regular expressions of a "
          + "query: use ranges, such as [a-z]", at: offset, reason: .pattern)
    }
    if max(copies, instructions) > Limits.patternInstructions {
      throw SyntaxError(
        "regular expressions of more than \(Limits.patternInstructions) instructions in a query: "
          + "use smaller counts in {} and ranges, such as [a-z], instead of Unicode classes (\\p)",
        at: offset, reason: .pattern)
    }
  }

  /// Reads the numbers of a repetition, and returns their sum.
  private static func numbers(in rest: inout Bytes.SubSequence) -> Int {
    var (sum, number) = (0, 0)
    while let byte = rest.first {
      switch byte {
      // RE2 refuses a number over 1,000.
      case 0x30...0x39: number = min(10_000, number * 10 + Int(byte & 0xf))
      case UInt8(ascii: ","):
        sum += number
        number = 0
      default: return sum + number
      }
      rest.removeFirst()
    }
    return sum + number
  }

  /// Skips `{10ffff}` or `{Greek}`, which are no repetitions.
  private static func skipBraces(_ rest: inout Bytes.SubSequence) {
    guard rest.first == UInt8(ascii: "{") else { return }
    let inner = rest.dropFirst().drop { isIdentifierByte($0) || $0 == UInt8(ascii: "^") }
    if inner.first == UInt8(ascii: "}") { rest = inner.dropFirst() }
  }
}
