/// Reads `name` or `name { … }`, in one part or in two.
///
/// Hand-written over bytes: one pass, and no memory but the terms. A string with escapes is
/// unescaped where it stands, since no escape is shorter than what it means. The grammar is in
/// docs/query-language.md.
struct Parser: ~Copyable {
  // Lent by the caller for as long as the parser is used.
  private let text: UnsafeMutableBufferPointer<UInt8>
  private let bodyStart: Int?
  private var place = 0
  /// Where the part that is being read ends: the text, or the name if its body is apart.
  private var end: Int

  private(set) var name = Clause.Name.any
  private var nameOffset = 0
  private(set) var terms: Scratch<Clause.Term>
  private(set) var patterns: [Pattern] = []

  private init(
    _ text: UnsafeMutableBufferPointer<UInt8>, bodyStart: Int? = nil,
    terms: consuming Scratch<Clause.Term> = Scratch()
  ) {
    self.text = text
    self.terms = terms
    self.bodyStart = bodyStart
    end = bodyStart ?? text.count
  }

  /// Parses a text, of which it overwrites parts, and lends what came of it; `bodyStart` is where a
  /// body that is apart begins.
  @inline(__always)
  static func parse<Result>(
    _ text: UnsafeMutableBufferPointer<UInt8>, bodyStart: Int?,
    _ body: (borrowing Parser) throws(SyntaxError) -> Result
  ) throws(SyntaxError) -> Result {
    try withUnsafeTemporaryAllocation(of: Clause.Term.self, capacity: 12) {
      (terms) throws(SyntaxError) in
      try body(parse(text, bodyStart: bodyStart, terms: Scratch(lent: terms)))
    }
  }

  private static func parse(
    _ text: UnsafeMutableBufferPointer<UInt8>, bodyStart: Int?,
    terms: consuming Scratch<Clause.Term>
  ) throws(SyntaxError) -> Parser {
    var parser = Parser(text, bodyStart: bodyStart, terms: terms)
    try parser.readName()
    if bodyStart == nil {
      if parser.peek == UInt8(ascii: "{") { try parser.readBody() }
      try parser.expectEnd("'{' or the end")
    } else {
      try parser.expectEnd("the end of the name, since its body is the next argument")
      try parser.readBodyApart()
    }
    sort(parser.terms.mutableElements, parser.arena)
    return parser
  }

  /// Lends the plain bytes of a string literal that was printed.
  static func withPlain<Result>(of literal: Bytes, _ body: (Bytes) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: literal.count) { copy in
      _ = copy.update(from: literal)
      var parser = Parser(copy)
      guard let string = try? parser.readString() else {
        preconditionFailure("a printed string does not read as one")
      }
      return body(string.bytes(parser.arena))
    }
  }

  /// The text, its strings unescaped.
  var arena: Bytes { Bytes(text) }

  /// The name, where it must be one.
  func exactName() throws(SyntaxError) -> Bytes {
    guard case .exact(let name) = name else {
      throw SyntaxError("a name is needed here, not a pattern", at: nameOffset, reason: .needsName)
    }
    return name.bytes(arena)
  }

  /// An error in a term.
  func error(_ message: String, in term: Clause.Term) -> SyntaxError {
    SyntaxError(message, at: Int(term.offset)).inBody(from: bodyStart)
  }

  // MARK: Grammar

  private mutating func readName() throws(SyntaxError) {
    skipBlanks()
    nameOffset = place
    switch peek {
    case UInt8(ascii: "'"):
      let slice = try readString()
      guard slice.count > 0 else { throw error("an empty name", at: nameOffset) }
      try checkName(slice, at: nameOffset)
      name = .exact(slice)
    case UInt8(ascii: "_"):
      try readUnderscore()
      name = .any
    case UInt8(ascii: "r") where peekSecond == UInt8(ascii: "'"):
      name = .pattern(try readPattern())
    default:
      name = .exact(try readIdentifier("a name"))
    }
    skipBlanks()
  }

  private mutating func readBodyApart() throws(SyntaxError) {
    end = text.count
    do throws(SyntaxError) {
      skipBlanks()
      guard peek == UInt8(ascii: "{") else { throw expected("'{'") }
      try readBody()
      try expectEnd("the end")
    } catch {
      throw error.inBody(from: bodyStart)
    }
  }

  private mutating func readBody() throws(SyntaxError) {
    place += 1
    skipBlanks()
    if peek != UInt8(ascii: "}") {
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
    let relation: Clause.Relation
    if peek == UInt8(ascii: ":") {
      place &+= 1
      relation = .colon
    } else {
      relation = try readComparison()
    }
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
    terms.append(
      Clause.Term(
        attribute: attribute, relation: relation, operand: operand, offset: UInt32(offset)))
  }

  private mutating func readComparison() throws(SyntaxError) -> Clause.Relation {
    let second = peekSecond == UInt8(ascii: "=")
    let relation: Clause.Relation
    switch peek {
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
      let letters = word.bytes(arena)
      return isBoolean(letters) ? .boolean(letters.count == 4) : .symbol(word)
    }
  }

  // MARK: Tokens

  private mutating func readIdentifier(_ what: StaticString) throws(SyntaxError) -> Clause.Slice {
    let start = place
    guard let first = peek, isLetter(first) else { throw expected(what) }
    var next = place &+ 1
    while next < end, isIdentifierByte(text[next]) { next &+= 1 }
    place = next
    let slice = slice(start, place)
    try checkName(slice, at: start)
    return slice
  }

  private func checkName(_ name: Clause.Slice, at offset: Int) throws(SyntaxError) {
    if name.count > Limits.nameBytes { throw .nameTooLong(at: offset) }
  }

  private mutating func readUnderscore() throws(SyntaxError) {
    let start = place
    place += 1
    if let next = peek, isIdentifierByte(next) {
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
      if isControl(byte) { throw controlCharacter(byte) }
      place += 1
      // The letter behind a backslash stays inside, whatever it is.
      if byte == UInt8(ascii: "\\"), let next = peek, !isControl(next) { place += 1 }
    }
    let source = slice(first, place)
    place += 1
    try checkUTF8(source)
    guard patterns.count < Limits.patternsPerQuery else {
      throw SyntaxError(
        "more than \(Limits.patternsPerQuery) regular expressions", at: start, reason: .tooLong)
    }
    patterns.append(try Pattern(source.bytes(arena), at: start))
    return patterns.count - 1
  }

  /// Reads a string literal and unescapes it in place.
  private mutating func readString() throws(SyntaxError) -> Clause.Slice {
    let start = place
    place += 1
    let first = place
    var target = first  // Where the next plain byte goes,
    var run = first  // and from where on bytes wait to go there.
    while place < end {
      let byte = text[place]
      if isPlain(byte) {
        place &+= 1
        continue
      }
      guard byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") else {
        throw controlCharacter(byte)
      }
      try moveRun(from: run, to: &target)
      if byte == UInt8(ascii: "'") {
        place += 1
        return slice(first, target)
      }
      try readEscape(to: &target)
      run = place
    }
    throw unterminated("string", from: start)
  }

  @inline(__always)
  private func moveRun(from run: Int, to target: inout Int) throws(SyntaxError) {
    try checkUTF8(slice(run, place))
    if run != target, run < place {
      (text.baseAddress! + target).update(from: text.baseAddress! + run, count: place - run)
    }
    target += place - run
  }

  @inline(never)
  private mutating func readEscape(to target: inout Int) throws(SyntaxError) {
    let start = place
    place += 1
    guard let letter = peek else { throw unterminated("escape", from: start) }
    place += 1
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
    place += 1
    var scalar: UInt32 = 0
    var digits = 0
    while digits < 7, let byte = peek, let digit = hexadecimalDigit(byte) {
      scalar = scalar << 4 | UInt32(digit)
      digits += 1
      place += 1
    }
    guard digits > 0, digits < 7, peek == UInt8(ascii: "}"), let scalar = Unicode.Scalar(scalar)
    else { throw error("'\\u{…}' takes one to six hexadecimal digits of a character", at: start) }
    place += 1
    for byte in UTF8.encode(scalar)! {  // Every scalar has a UTF-8 form.
      text[target] = byte
      target += 1
    }
  }

  private mutating func readNumber() throws(SyntaxError) -> Clause.Operand {
    var reader = NumberReader(Bytes(rebasing: arena[..<end]), at: place)
    let operand = try reader.read()
    place = reader.place
    if let next = peek, isLetter(next) || isDigit(next) {
      throw expected("',' or '}' after a number")
    }
    return operand
  }

  // MARK: Characters

  @inline(__always)
  private var peek: UInt8? { place < end ? text[place] : nil }
  @inline(__always)
  private var peekSecond: UInt8? { place &+ 1 < end ? text[place &+ 1] : nil }

  @inline(__always)
  private mutating func skipBlanks() {
    while place < end {
      switch text[place] {
      case 0x20, 0x09, 0x0d, 0x0a: place &+= 1
      default: return
      }
    }
  }

  /// A text's length is limited far below what 32 bits hold.
  @inline(__always)
  private func slice(_ start: Int, _ end: Int) -> Clause.Slice {
    Clause.Slice(
      start: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: end &- start))
  }

  private func checkUTF8(_ slice: Clause.Slice) throws(SyntaxError) {
    let bytes = slice.bytes(arena)
    if bytes.allSatisfy({ $0 < 0x80 }) { return }
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      throw self.error("invalid UTF-8", at: Int(slice.start) + error.byteOffsets.lowerBound)
    }
  }

  // MARK: Errors

  private func expectEnd(_ what: StaticString) throws(SyntaxError) {
    if place < end { throw expected(what) }
  }

  private func error(_ message: String, at offset: Int) -> SyntaxError {
    SyntaxError(message, at: offset)
  }

  @inline(never)
  private func expected(_ what: StaticString) -> SyntaxError {
    guard let byte = peek else { return error("expected \(what), found the end", at: place) }
    return error("expected \(what), found \(shown(byte))", at: place)
  }

  private func unterminated(_ what: String, from start: Int) -> SyntaxError {
    error("\(what) that does not end", at: start)
  }

  private func controlCharacter(_ byte: UInt8) -> SyntaxError {
    error("raw control character \(shown(byte)); write it as an escape", at: place)
  }

  private func shown(_ byte: UInt8, after prefix: String = "") -> String {
    byte >= 0x20 && byte < 0x7f
      ? "'\(prefix)\(Character(Unicode.Scalar(byte)))'"
      : "byte 0x\(String(byte, radix: 16))"
  }
}
