// The tokens of the grammar: names, strings, patterns, numbers.

extension Parser {
  mutating func readIdentifier(_ what: StaticString) throws(SyntaxError) -> Clause.Slice {
    let start = position
    guard let first = peek, isLetter(first) else { throw expected(what) }
    var next = position &+ 1
    while next < end, isIdentifierByte(text[next]) { next &+= 1 }
    position = next
    let slice = slice(start, position)
    try checkName(slice, at: start)
    return slice
  }

  /// A name in quotes: any text but the empty one.
  mutating func readQuotedName() throws(SyntaxError) -> Clause.Slice {
    let start = position
    let name = try readString()
    guard name.count > 0 else { throw error("an empty name", at: start) }
    try checkName(name, at: start)
    return name
  }

  @inline(__always)
  mutating func readAttributeName() throws(SyntaxError) -> Clause.Slice {
    if let first = peek, isLetter(first) { return try readIdentifier("an attribute's name") }
    return try readOtherAttributeName()
  }

  @inline(never)
  private mutating func readOtherAttributeName() throws(SyntaxError) -> Clause.Slice {
    switch peek {
    case UInt8(ascii: "'"): return try readQuotedName()
    case let first? where !endsValue(first):
      throw expected("an attribute's name, in quotes if it is not an identifier")
    default: throw expected("an attribute's name")
    }
  }

  func checkName(_ name: Clause.Slice, at offset: Int) throws(SyntaxError) {
    if name.count > Limits.nameBytes { throw .nameTooLong(at: offset) }
  }

  mutating func readUnderscore() throws(SyntaxError) {
    let start = position
    position += 1
    if let next = peek, isIdentifierByte(next) {
      throw error("a name cannot begin with '_'", at: start)
    }
  }

  mutating func readPattern() throws(SyntaxError) -> Int {
    let start = position
    position += 2
    let first = position
    while true {
      guard let byte = peek else { throw unterminated("regular expression", from: start) }
      if byte == UInt8(ascii: "'") { break }
      if isControl(byte) { throw controlCharacter(byte) }
      position += 1
      // A backslash and the letter after it stay in the pattern.
      if byte == UInt8(ascii: "\\"), let next = peek, !isControl(next) { position += 1 }
    }
    let source = slice(first, position)
    position += 1
    try checkUTF8(source)
    guard patterns.count < Limits.patternsPerQuery else {
      throw SyntaxError(
        "more than \(Limits.patternsPerQuery) regular expressions", at: start, reason: .tooLong)
    }
    patterns.append(try Pattern(source.bytes(arena), at: start, beside: patterns))
    return patterns.count - 1
  }

  /// Reads a string literal and unescapes it in position.
  mutating func readString() throws(SyntaxError) -> Clause.Slice {
    let start = position
    position += 1
    let first = position
    var target = first  // The position of the next plain byte.
    var run = first  // The start of the bytes to move there.
    while true {
      position += plainASCIICount(Bytes(rebasing: arena[position..<end]))
      let isASCII = position == end || text[position] < 0x80
      if !isASCII { position += plainCount(Bytes(rebasing: arena[position..<end])) }
      guard position < end else { break }
      let byte = text[position]
      guard byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") else {
        throw controlCharacter(byte)
      }
      if !isASCII { try checkUTF8(slice(run, position)) }
      moveRun(from: run, to: &target)
      if byte == UInt8(ascii: "'") {
        position += 1
        return slice(first, target)
      }
      try readEscape(to: &target)
      run = position
    }
    throw unterminated("string", from: start)
  }

  @inline(__always)
  private func moveRun(from run: Int, to target: inout Int) {
    if run != target, run < position {
      (text.baseAddress! + target).update(from: text.baseAddress! + run, count: position - run)
    }
    target += position - run
  }

  @inline(never)
  private mutating func readEscape(to target: inout Int) throws(SyntaxError) {
    let start = position
    position += 1
    guard let letter = peek else { throw unterminated("escape", from: start) }
    position += 1
    switch letter {
    case UInt8(ascii: "'"), UInt8(ascii: "\\"): text[target] = letter
    case UInt8(ascii: "n"): text[target] = 10
    case UInt8(ascii: "r"): text[target] = 13
    case UInt8(ascii: "t"): text[target] = 9
    case UInt8(ascii: "0"): text[target] = 0
    case UInt8(ascii: "u"): return try readScalar(from: start, to: &target)
    default: throw error("unknown escape \(shown(letter, after: "\\"))", at: start)
    }
    target += 1
  }

  private mutating func readScalar(from start: Int, to target: inout Int) throws(SyntaxError) {
    guard peek == UInt8(ascii: "{") else { throw expected("'{'") }
    position += 1
    var scalar: UInt32 = 0
    var digits = 0
    while digits < 7, let byte = peek, let digit = hexadecimalDigit(byte) {
      scalar = scalar << 4 | UInt32(digit)
      digits += 1
      position += 1
    }
    guard digits > 0, digits < 7, peek == UInt8(ascii: "}"), let scalar = Unicode.Scalar(scalar)
    else { throw error("'\\u{…}' takes one to six hexadecimal digits of a character", at: start) }
    position += 1
    for byte in UTF8.encode(scalar)! {  // Every scalar has a UTF-8 form.
      text[target] = byte
      target += 1
    }
  }

  mutating func readNumber() throws(SyntaxError) -> Clause.Operand {
    let start = position
    var reader = NumberReader(Bytes(rebasing: arena[..<end]), at: start)
    let operand: Clause.Operand
    do throws(SyntaxError) {
      operand = try reader.read()
    } catch {
      position = reader.position
      // A longer word was never meant as a number.
      throw endsValue(peek) ? error : noValue(from: start)
    }
    position = reader.position
    guard endsValue(peek) else { throw noValue(from: start) }
    return operand
  }

  /// The error for a text that is no value.
  @inline(never)
  func noValue(from start: Int) -> SyntaxError {
    guard let message = messageForNoValue(Bytes(rebasing: arena[start..<end])) else {
      return expected("a value")
    }
    return error(message, at: start)
  }

  // MARK: Characters

  @inline(__always)
  var peek: UInt8? { position < end ? text[position] : nil }
  @inline(__always)
  var peekSecond: UInt8? { position &+ 1 < end ? text[position &+ 1] : nil }

  @inline(__always)
  mutating func skipBlanks() {
    while position < end {
      switch text[position] {
      case 0x20, 0x09, 0x0d, 0x0a: position &+= 1
      default: return
      }
    }
  }

  /// The length of a text is limited far below 2³².
  @inline(__always)
  private func slice(_ start: Int, _ end: Int) -> Clause.Slice {
    Clause.Slice(
      start: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: end &- start))
  }

  private func checkUTF8(_ slice: Clause.Slice) throws(SyntaxError) {
    let bytes = slice.bytes(arena)
    if isASCII(bytes) { return }
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      throw self.error("invalid UTF-8", at: Int(slice.start) + error.byteOffsets.lowerBound)
    }
  }

  // MARK: Errors

  func expectEnd(_ what: StaticString) throws(SyntaxError) {
    if position < end { throw expected(what) }
  }

  func error(_ message: String, at offset: Int) -> SyntaxError {
    SyntaxError(message, at: offset)
  }

  @inline(never)
  func expected(_ what: StaticString) -> SyntaxError {
    guard let byte = peek else { return error("expected \(what), found the end", at: position) }
    return error("expected \(what), found \(shown(byte))", at: position)
  }

  private func unterminated(_ what: String, from start: Int) -> SyntaxError {
    error("\(what) that does not end", at: start)
  }

  private func controlCharacter(_ byte: UInt8) -> SyntaxError {
    error("raw control character \(shown(byte)); write it as an escape", at: position)
  }

  private func shown(_ byte: UInt8, after prefix: String = "") -> String {
    byte >= 0x20 && byte < 0x7f
      ? "'\(prefix)\(Character(Unicode.Scalar(byte)))'"
      : "byte 0x\(String(byte, radix: 16))"
  }
}
