// Records, queries and writes as string literals, with values interpolated safely.

/// The interpolation of record, query and write literals: each interpolated value stays one value.
///
/// ```swift
/// let name = "it's"
/// let a: Record = "\(name) { owner: \(name) }"     // 'it\'s' { owner: 'it\'s' }
/// let b: Record = "'/dev/\(name)' {}"              // '/dev/it\'s' {}
/// let c: Query = "r'^/dev/\(name)$'"               // matches exactly that name
/// ```
///
/// A string outside of quotes is quoted; inside quotes it is escaped; inside a regular expression
/// it is escaped to match itself. An optional has no text and does not compile.
public struct LiteralInterpolation: StringInterpolationProtocol {
  private enum Context { case outside, string, pattern }

  private(set) var text: [UInt8] = []
  private var context = Context.outside
  /// Whether the programmer's text so far ends with a backslash of an escape.
  private var isEscaping = false

  public init(literalCapacity: Int, interpolationCount: Int) {
    text.reserveCapacity(literalCapacity + interpolationCount * 16)
  }

  /// The programmer's own text, as it stands.
  public mutating func appendLiteral(_ literal: String) {
    for byte in literal.utf8 {
      if isEscaping {
        isEscaping = false
      } else if byte == UInt8(ascii: "'") {
        let opened: Context = text.last == UInt8(ascii: "r") ? .pattern : .string
        context = context == .outside ? opened : .outside
      } else if byte == UInt8(ascii: "\\"), context != .outside {
        isEscaping = true
      }
      text.append(byte)
    }
  }

  /// A string, quoted: `it's` becomes `'it\'s'`.
  public mutating func appendInterpolation(_ value: some StringProtocol) {
    appendInterpolation(Value.string(String(value)))
  }

  /// An integer, in decimal. One beyond 64 bits is refused when the text is read.
  public mutating func appendInterpolation(_ value: some BinaryInteger) {
    append(bare: String(value), content: String(value))
  }

  /// A float; one that is not finite is refused when the text is read.
  public mutating func appendInterpolation(_ value: some BinaryFloatingPoint) {
    appendInterpolation(Value.float(Double(value)))
  }

  /// `true` or `false`.
  public mutating func appendInterpolation(_ value: Bool) {
    appendInterpolation(Value.boolean(value))
  }

  /// A value, in its text form.
  public mutating func appendInterpolation(_ value: Value) {
    // A float that is not finite would read as a name where one is wanted; with a sign it is
    // refused.
    let isSigned = value.number.map { $0.isFinite || $0 < 0 } ?? true
    append(
      bare: isSigned ? value.description : "+\(value)", content: value.text ?? value.description)
  }

  private mutating func append(bare: String, content: String) {
    // A backslash before a value means itself.
    if isEscaping { text.append(UInt8(ascii: "\\")) }
    isEscaping = false
    switch context {
    case .outside:
      // Without a space, a string after an `r` would become a regular expression.
      if text.last == UInt8(ascii: "r"), bare.utf8.first == UInt8(ascii: "'") { text.append(0x20) }
      text.append(contentsOf: bare.utf8)
    case .string:
      let content = Array(content.utf8)
      text += content.withUnsafeBufferPointer { content in Array { $0.append(escaped: content) } }
    case .pattern:
      for byte in content.utf8 { append(matching: byte) }
    }
  }

  /// A byte that matches itself in a regular expression.
  private mutating func append(matching byte: UInt8) {
    if isControl(byte) {
      text.append(contentsOf: "\\x{\(String(byte, radix: 16))}".utf8)
      return
    }
    let isWord = isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    if !isWord { text.append(UInt8(ascii: "\\")) }
    text.append(byte)
  }
}

extension Record: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(literal: Array(text.utf8)) }
  public init(stringInterpolation: LiteralInterpolation) {
    self.init(literal: stringInterpolation.text)
  }

  private init(literal text: [UInt8]) {
    self = (try? text.withUnsafeBufferPointer { try Record($0) }) ?? Record(invalid: text)
  }

  /// An invalid literal. It keeps the source text, so that the receiver can reject it with a
  /// precise error.
  init(invalid text: [UInt8]) {
    storage = text.withUnsafeBufferPointer {
      .make(
        text: $0, directory: UnsafeBufferPointer(start: nil, count: 0), nameStart: 0,
        nameCount: 0, isValid: false)
    }
  }

  /// The record itself.
  ///
  /// - Throws: The error of an invalid literal.
  package func validated() throws(SyntaxError) -> Record {
    if storage.header.isValid { return self }
    return try text.withUnsafeBufferPointer { (text) throws(SyntaxError) in try Record(text) }
  }
}

extension Query: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(literal: Array(text.utf8)) }
  public init(stringInterpolation: LiteralInterpolation) {
    self.init(literal: stringInterpolation.text)
  }

  private init(literal text: [UInt8]) {
    let query = try? text.withUnsafeBufferPointer { try Query($0) }
    self = query ?? Query(invalid: text)
  }

  /// The query itself.
  ///
  /// - Throws: The error of an invalid literal.
  package func validated() throws(SyntaxError) -> Query {
    guard let invalid else { return self }
    return try invalid.withUnsafeBufferPointer { (text) throws(SyntaxError) in try Query(text) }
  }
}

extension Write: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(literal: Array(text.utf8)) }
  public init(stringInterpolation: LiteralInterpolation) {
    self.init(literal: stringInterpolation.text)
  }

  private init(literal text: [UInt8]) {
    let write = try? text.withUnsafeBufferPointer { try Write($0) }
    self = write ?? Write(Record(invalid: text))
  }

  /// The write itself.
  ///
  /// - Throws: The error of an invalid literal.
  package func validated() throws(SyntaxError) -> Write {
    if record.storage.header.isValid { return self }
    return try text.withUnsafeBufferPointer { (text) throws(SyntaxError) in try Write(text) }
  }
}
