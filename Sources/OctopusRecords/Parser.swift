/// Reads `name`, `name { … }` or a body alone into a `Clause`.
///
/// Hand-written over bytes: one pass, no look-back, and no memory but the clause's own. The grammar
/// is in docs/query-language.md.
struct Parser {
  // The text outlives the parser: both live within one `withUnsafeBufferPointer`.
  private let text: Bytes
  private var place = 0
  private var clause: Clause

  private init(_ text: Bytes, into clause: consuming Clause) {
    self.text = text
    self.clause = clause
  }

  /// Parses a whole text; with `body`, the text may hold only the name.
  static func parse(
    _ text: Bytes, body: Bytes? = nil, limit: Int
  ) throws(SyntaxError) -> Clause {
    let count = text.count + (body?.count ?? 0)
    guard count <= limit else {
      throw SyntaxError("a text longer than \(limit) bytes", at: 0, reason: .tooLong)
    }
    var clause = Clause()
    clause.arena.reserveCapacity(count)
    var parser = Parser(text, into: clause)
    try parser.readName()
    if let body {
      try parser.expectEnd("the end of the name, since its body is the next argument")
      parser = Parser(body, into: parser.clause)
    }
    if parser.peek == UInt8(ascii: "{") { try parser.readBody() }
    try parser.expectEnd("'{' or the end")
    parser.clause.sortTerms()
    return parser.clause
  }

  /// The plain bytes of a string literal that was printed.
  static func unescape(_ literal: Bytes) -> [UInt8] {
    var parser = Parser(literal, into: Clause())
    guard let string = try? parser.readString() else {
      preconditionFailure("a printed string does not read as one")
    }
    return parser.clause.copy(string)
  }

  // MARK: Grammar

  private mutating func readName() throws(SyntaxError) {
    skipBlanks()
    clause.nameOffset = place
    switch peek {
    case UInt8(ascii: "'"):
      let name = try readString()
      guard name.count > 0 else { throw error("an empty name", at: clause.nameOffset) }
      try checkName(name, at: clause.nameOffset)
      clause.name = .exact(name)
    case UInt8(ascii: "_"):
      try readUnderscore()
      clause.name = .any
    case UInt8(ascii: "r") where peekSecond == UInt8(ascii: "'"):
      clause.name = .pattern(try readPattern())
    default:
      clause.name = .exact(try readIdentifier("a name"))
    }
    skipBlanks()
  }

  private mutating func readBody() throws(SyntaxError) {
    place += 1
    skipBlanks()
    if peek != UInt8(ascii: "}") {
      clause.terms.reserveCapacity(8)
      while true {
        try readTerm()
        skipBlanks()
        guard peek == UInt8(ascii: ",") else { break }
        place += 1
        skipBlanks()
      }
    }
    guard peek == UInt8(ascii: "}") else { throw expected("',' or '}'") }
    place += 1
    skipBlanks()
  }

  private mutating func readTerm() throws(SyntaxError) {
    let offset = place
    let attribute = try readIdentifier("an attribute's name")
    skipBlanks()
    let relation = try readRelation()
    skipBlanks()
    let operandOffset = place
    let operand = try readOperand()
    switch operand {
    case .pattern where relation != .colon:
      throw error("a regular expression can only follow ':'", at: operandOffset)
    case .present where relation != .colon:
      throw error("'_' can only follow ':'", at: operandOffset)
    default: break
    }
    clause.terms.append(
      Clause.Term(
        attribute: attribute, relation: relation, operand: operand, offset: UInt32(offset)))
  }

  private mutating func readRelation() throws(SyntaxError) -> Clause.Relation {
    let second = peekSecond == UInt8(ascii: "=")
    let relation: Clause.Relation
    switch peek {
    case UInt8(ascii: ":"):
      place += 1
      return .colon
    case UInt8(ascii: "=") where second: relation = .equal
    case UInt8(ascii: "!") where second: relation = .notEqual
    case UInt8(ascii: "<"): relation = second ? .lessOrEqual : .less
    case UInt8(ascii: ">"): relation = second ? .greaterOrEqual : .greater
    default: throw expected("':' or a comparison")
    }
    place += second ? 2 : 1
    return relation
  }

  private mutating func readOperand() throws(SyntaxError) -> Clause.Operand {
    guard let first = peek else { throw expected("a value") }
    switch first {
    case UInt8(ascii: "'"): return .string(try readString())
    case UInt8(ascii: "_"):
      try readUnderscore()
      return .present
    case UInt8(ascii: "r") where peekSecond == UInt8(ascii: "'"):
      return .pattern(try readPattern())
    case UInt8(ascii: "-"), UInt8(ascii: "."), 0x30...0x39: return try readNumber()
    default:
      let word = try readIdentifier("a value")
      return boolean(word) ?? .symbol(word)
    }
  }

  private func boolean(_ word: Clause.Slice) -> Clause.Operand? {
    guard word.count == 4 || word.count == 5 else { return nil }
    let letters = clause.arena[word.range]
    if letters.elementsEqual("true".utf8) { return .boolean(true) }
    if letters.elementsEqual("false".utf8) { return .boolean(false) }
    return nil
  }

  // MARK: Tokens

  private mutating func readIdentifier(_ what: String) throws(SyntaxError) -> Clause.Slice {
    let start = place
    guard let first = peek, isLetter(first) else { throw expected(what) }
    place += 1
    while place < text.count, isIdentifierByte(text[place]) { place &+= 1 }
    let slice = append(Bytes(rebasing: text[start..<place]))
    try checkName(slice, at: start)
    return slice
  }

  private func checkName(_ name: Clause.Slice, at offset: Int) throws(SyntaxError) {
    guard name.count <= Limits.nameBytes else {
      throw SyntaxError(
        "a name longer than \(Limits.nameBytes) bytes", at: offset, reason: .tooLong)
    }
  }

  private mutating func readUnderscore() throws(SyntaxError) {
    let start = place
    place += 1
    if let next = peek, isIdentifierByte(next) || next == UInt8(ascii: "_") {
      throw error("a name cannot begin with '_'", at: start)
    }
  }

  private mutating func readPattern() throws(SyntaxError) -> Int {
    let start = place
    place += 2
    let first = place
    while true {
      guard let byte = peek else { throw unterminated("regular expression", from: start) }
      if byte == UInt8(ascii: "'") { break }
      if byte < 0x20 || byte == 0x7f { throw controlCharacter(byte) }
      if byte == UInt8(ascii: "\\") { place += 1 }
      place += 1
    }
    let source = Bytes(rebasing: text[first..<place])
    place += 1
    try checkUTF8(source, at: first)
    clause.patterns.append(try Pattern(source, at: start))
    return clause.patterns.count - 1
  }

  private mutating func readString() throws(SyntaxError) -> Clause.Slice {
    let start = place
    place += 1
    let arenaStart = clause.arena.count
    var run = place
    var isASCII = true
    while true {
      guard place < text.count else { throw unterminated("string", from: start) }
      let byte = text[place]
      if byte == UInt8(ascii: "'") { break }
      if byte == UInt8(ascii: "\\") {
        _ = append(Bytes(rebasing: text[run..<place]))
        try readEscape()
        run = place
        continue
      }
      if byte < 0x20 || byte == 0x7f { throw controlCharacter(byte) }
      if byte >= 0x80 { isASCII = false }
      place &+= 1
    }
    _ = append(Bytes(rebasing: text[run..<place]))
    if !isASCII { try checkUTF8(Bytes(rebasing: text[start..<place]), at: start) }
    place += 1
    return Clause.Slice(
      start: UInt32(arenaStart), count: UInt32(clause.arena.count - arenaStart))
  }

  private mutating func readEscape() throws(SyntaxError) {
    let start = place
    place += 1
    guard let letter = peek else { throw unterminated("string", from: start) }
    place += 1
    switch letter {
    case UInt8(ascii: "'"), UInt8(ascii: "\\"): clause.arena.append(letter)
    case UInt8(ascii: "n"): clause.arena.append(10)
    case UInt8(ascii: "r"): clause.arena.append(13)
    case UInt8(ascii: "t"): clause.arena.append(9)
    case UInt8(ascii: "0"): clause.arena.append(0)
    case UInt8(ascii: "u"): try readScalar(from: start)
    default: throw error("unknown escape \(shown(letter, after: "\\"))", at: start)
    }
  }

  private mutating func readScalar(from start: Int) throws(SyntaxError) {
    guard peek == UInt8(ascii: "{") else { throw expected("'{'") }
    place += 1
    var scalar: UInt32 = 0
    var digits = 0
    while let byte = peek, let digit = hexadecimalDigit(byte), digits < 7 {
      scalar = scalar << 4 | UInt32(digit)
      digits += 1
      place += 1
    }
    guard digits > 0, digits < 7, peek == UInt8(ascii: "}"), let scalar = Unicode.Scalar(scalar)
    else { throw error("'\\u{…}' takes one to six hexadecimal digits of a character", at: start) }
    place += 1
    clause.arena.append(contentsOf: UTF8.encode(scalar)!)  // Every scalar has a UTF-8 form.
  }

  private mutating func readNumber() throws(SyntaxError) -> Clause.Operand {
    var reader = NumberReader(text, at: place)
    let operand = try reader.read()
    place = reader.place
    if let next = peek, isLetter(next) || isDigit(next) {
      throw expected("',' or '}' after a number")
    }
    return operand
  }

  // MARK: Characters

  private var peek: UInt8? { place < text.count ? text[place] : nil }
  private var peekSecond: UInt8? { place + 1 < text.count ? text[place + 1] : nil }

  private mutating func skipBlanks() {
    while place < text.count {
      switch text[place] {
      case 0x20, 0x09, 0x0d, 0x0a: place &+= 1
      default: return
      }
    }
  }

  private mutating func append(_ bytes: Bytes) -> Clause.Slice {
    let slice = Clause.Slice(start: UInt32(clause.arena.count), count: UInt32(bytes.count))
    clause.arena.append(contentsOf: bytes)
    return slice
  }

  // MARK: Errors

  private func expectEnd(_ what: String) throws(SyntaxError) {
    if place < text.count { throw expected(what) }
  }

  private func error(_ message: String, at offset: Int) -> SyntaxError {
    SyntaxError(message, at: offset)
  }

  private func expected(_ what: String) -> SyntaxError {
    guard let byte = peek else { return error("expected \(what), found the end", at: place) }
    return error("expected \(what), found \(shown(byte))", at: place)
  }

  private func unterminated(_ what: String, from start: Int) -> SyntaxError {
    error("a \(what) that does not end", at: start)
  }

  private func controlCharacter(_ byte: UInt8) -> SyntaxError {
    error("raw control character \(shown(byte)); write it as an escape", at: place)
  }

  private func shown(_ byte: UInt8, after prefix: String = "") -> String {
    byte >= 0x20 && byte < 0x7f
      ? "'\(prefix)\(Character(Unicode.Scalar(byte)))'"
      : "byte 0x\(String(byte, radix: 16))"
  }

  private func checkUTF8(_ bytes: Bytes, at offset: Int) throws(SyntaxError) {
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      throw self.error("invalid UTF-8", at: offset + error.byteOffsets.lowerBound)
    }
  }
}

func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

func isIdentifierByte(_ byte: UInt8) -> Bool {
  isLetter(byte) || byte &- 0x2d < 2 || isDigit(byte) || byte == UInt8(ascii: "_")
}

/// Whether bytes can stand bare as a name or a symbol.
package func isIdentifier(_ bytes: Bytes) -> Bool {
  guard let first = bytes.first, isLetter(first) else { return false }
  return bytes.allSatisfy(isIdentifierByte)
}

func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
