/// Parses `name` or `name { … }`, in one text, or as a name and a body.
///
/// A recursive-descent parser over bytes: one pass, and no memory but the terms. Strings are
/// unescaped in place, since no escape is shorter than its character. The grammar is in
/// docs/query-language.md.
struct Parser: ~Copyable {
  // Lent by the caller for as long as the parser is used.
  let text: UnsafeMutableBufferPointer<UInt8>
  let bodyStart: Int?
  var position = 0
  /// The end of the part that is being read: the text, or the name if its body is a second text.
  fileprivate(set) var end: Int

  private(set) var name = Clause.Name.any
  private var nameOffset = 0
  private(set) var terms: StackBuffer<Clause.Term>
  var patterns: [Pattern] = []

  private init(
    _ text: UnsafeMutableBufferPointer<UInt8>, bodyStart: Int? = nil,
    terms: consuming StackBuffer<Clause.Term> = StackBuffer()
  ) {
    self.text = text
    self.terms = terms
    self.bodyStart = bodyStart
    end = bodyStart ?? text.count
  }

  /// Parses a text, parts of which it overwrites, and lends the result. `bodyStart` is the start of
  /// a body that is a second text.
  @inline(__always)
  static func parse<Result>(
    _ text: UnsafeMutableBufferPointer<UInt8>, bodyStart: Int?,
    _ body: (borrowing Parser) throws(SyntaxError) -> Result
  ) throws(SyntaxError) -> Result {
    try withUnsafeTemporaryAllocation(of: Clause.Term.self, capacity: 12) {
      (terms) throws(SyntaxError) in
      try body(parse(text, bodyStart: bodyStart, terms: StackBuffer(lent: terms)))
    }
  }

  private static func parse(
    _ text: UnsafeMutableBufferPointer<UInt8>, bodyStart: Int?,
    terms: consuming StackBuffer<Clause.Term>
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

  /// Lends the plain bytes of a printed string literal.
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

  /// The plain bytes of an attribute's name in text form: an identifier, or a string literal.
  static func attributeName(
    _ text: UnsafeMutableBufferPointer<UInt8>
  ) throws(SyntaxError) -> [UInt8] {
    var parser = Parser(text)
    parser.skipBlanks()
    let name = try parser.readAttributeName()
    parser.skipBlanks()
    try parser.expectEnd("the end of an attribute's name")
    return Array(name.bytes(parser.arena))
  }

  /// The text, its strings unescaped.
  var arena: Bytes { Bytes(text) }

  /// The name, if the text has one and no pattern.
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
    nameOffset = position
    switch peek {
    case UInt8(ascii: "'"): name = .exact(try readQuotedName())
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
    position += 1
    skipBlanks()
    if peek != UInt8(ascii: "}") {
      while true {
        try readTerm()
        skipBlanks()
        guard peek == UInt8(ascii: ",") else { break }
        position += 1
        skipBlanks()
      }
    }
    guard peek == UInt8(ascii: "}") else { throw expected("',' or '}'") }
    position += 1
    skipBlanks()
  }

  private mutating func readTerm() throws(SyntaxError) {
    let offset = position
    let attribute = try readAttributeName()
    let attributeEnd = position
    skipBlanks()
    let relation: Clause.Relation
    if peek == UInt8(ascii: ":") {
      position &+= 1
      relation = .colon
    } else {
      relation = try readComparison(after: attributeEnd)
    }
    skipBlanks()
    let operandOffset = position
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

  private mutating func readComparison(
    after attributeEnd: Int
  ) throws(SyntaxError) -> Clause.Relation {
    let second = peekSecond == UInt8(ascii: "=")
    let relation: Clause.Relation
    switch peek {
    case UInt8(ascii: "=") where second: relation = .equal
    case UInt8(ascii: "!") where second: relation = .notEqual
    case UInt8(ascii: "<"): relation = second ? .lessOrEqual : .less
    case UInt8(ascii: ">"): relation = second ? .greaterOrEqual : .greater
    // A character directly after the name, as in `app/name`, was meant as a part of it.
    case let next? where position == attributeEnd && !endsValue(next):
      throw expected("':' or a comparison behind an attribute's name that is not quoted")
    default: throw expected("':' or a comparison")
    }
    position += second ? 2 : 1
    return relation
  }

  private mutating func readOperand() throws(SyntaxError) -> Clause.Operand {
    let start = position
    switch peek {
    case UInt8(ascii: "'"): return .string(try readString())
    case UInt8(ascii: "_"):
      try readUnderscore()
      return .present
    case UInt8(ascii: "r") where peekSecond == UInt8(ascii: "'"):
      return .pattern(try readPattern())
    case UInt8(ascii: "-"), UInt8(ascii: "."), (0x30...0x39)?: return try readNumber()
    case let first? where isLetter(first):
      let word = try readIdentifier("a value")
      guard endsValue(peek) else { throw noValue(from: start) }
      let letters = word.bytes(arena)
      if isBoolean(letters) { return .boolean(letters.count == 4) }
      guard RefusedWord(letters) == nil else { throw noValue(from: start) }
      return .symbol(word)
    default: throw noValue(from: start)
    }
  }
}

/// The plain bytes of an attribute's name alone, in text form: an identifier, or a string literal.
package func attributeName(_ text: Bytes) throws(SyntaxError) -> [UInt8] {
  let source = try SourceText(text, body: nil, limit: Limits.recordBytes)
  return try source.withCopy { (copy) throws(SyntaxError) in try Parser.attributeName(copy) }
}
