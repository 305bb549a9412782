// Records, queries and writes as string literals, with values interpolated safely.

/// Collects a literal's text; an interpolated value stays one value, whatever is in it.
///
/// ```swift
/// let name = "it's"
/// let a: Record = "\(name) { owner: \(name) }"     // 'it\'s' { owner: 'it\'s' }
/// let b: Record = "'/dev/\(name)' {}"              // '/dev/it\'s' {}
/// let c: Query = "r'^/dev/\(name)$'"               // matches exactly that name
/// ```
///
/// A string is quoted where it stands alone, escaped inside quotes, and made to match itself
/// inside a regular expression. An optional has no text, and does not compile.
public struct LiteralInterpolation: StringInterpolationProtocol {
  private enum Place { case outside, string, pattern }

  private(set) var text: [UInt8] = []
  private var place = Place.outside
  /// The programmer's text so far ends with a backslash that waits for its letter.
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
        let opens: Place = text.last == UInt8(ascii: "r") ? .pattern : .string
        place = place == .outside ? opens : .outside
      } else if byte == UInt8(ascii: "\\"), place != .outside {
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
    // A float that is not finite would read as a name where one is wanted; with a sign it is refused.
    let isSigned = value.number.map { $0.isFinite || $0 < 0 } ?? true
    append(
      bare: isSigned ? value.description : "+\(value)", content: value.text ?? value.description)
  }

  private mutating func append(bare: String, content: String) {
    // A backslash before a value means itself.
    if isEscaping { text.append(UInt8(ascii: "\\")) }
    isEscaping = false
    switch place {
    case .outside:
      // Else a string behind an `r` would become a regular expression.
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

  /// A record that is none: it keeps the text that whoever it is given to refuses.
  init(invalid text: [UInt8]) {
    storage = text.withUnsafeBufferPointer {
      .make(
        text: $0, directory: UnsafeBufferPointer(start: nil, count: 0), nameStart: 0,
        nameCount: 0, isValid: false)
    }
  }

  /// The record itself, unless it is a literal that is none: then what is wrong with it.
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

  /// The query itself, unless it is a literal that is none: then what is wrong with it.
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

  /// The write itself, unless it is a literal that is none: then what is wrong with it.
  package func validated() throws(SyntaxError) -> Write {
    if record.storage.header.isValid { return self }
    return try text.withUnsafeBufferPointer { (text) throws(SyntaxError) in try Write(text) }
  }
}
