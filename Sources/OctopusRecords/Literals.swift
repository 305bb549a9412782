// Records, queries and writes as string literals, with values interpolated safely.

/// Collects a literal's text; an interpolated value is quoted as its kind needs.
public struct LiteralInterpolation: StringInterpolationProtocol {
  var text: [UInt8] = []

  public init(literalCapacity: Int, interpolationCount: Int) {
    text.reserveCapacity(literalCapacity + interpolationCount * 16)
  }

  /// The programmer's own text, as it stands.
  public mutating func appendLiteral(_ literal: String) { text.append(contentsOf: literal.utf8) }

  /// A string, as a string literal: `it's` becomes `'it\'s'`.
  public mutating func appendInterpolation(_ value: some StringProtocol) {
    var value = String(value)
    value.withUTF8 { text.append(quoted: $0) }
  }

  /// An integer, in decimal. One beyond 64 bits is refused when the text is read.
  public mutating func appendInterpolation(_ value: some BinaryInteger) {
    text.append(contentsOf: String(value).utf8)
  }

  /// A float; one that is not finite is refused when the text is read.
  public mutating func appendInterpolation(_ value: Double) {
    text.append(contentsOf: value.description.utf8)
  }

  /// `true` or `false`.
  public mutating func appendInterpolation(_ value: Bool) { text.append(value: .boolean(value)) }

  /// A value, in its text form.
  public mutating func appendInterpolation(_ value: Value) { text.append(value: value) }
}

extension Record: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(literal: Array(text.utf8)) }
  public init(stringInterpolation: LiteralInterpolation) {
    self.init(literal: stringInterpolation.text)
  }

  private init(literal text: [UInt8]) {
    if let record = try? text.withUnsafeBufferPointer({ try Record($0) }) {
      self = record
    } else {
      self = Record(invalid: text)
    }
  }

  /// A record that is none: it keeps the text that whoever it is given to refuses.
  init(invalid text: [UInt8]) {
    storage = .make(text: text, directory: [], nameStart: 0, nameCount: 0, isValid: false)
  }
}

extension Query: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(literal: Array(text.utf8)) }
  public init(stringInterpolation: LiteralInterpolation) {
    self.init(literal: stringInterpolation.text)
  }

  private init(literal text: [UInt8]) {
    if let query = try? text.withUnsafeBufferPointer({ try Query($0) }) {
      self = query
    } else {
      self.init(clause: Clause(), invalid: text)
    }
  }
}

extension Write: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(literal: Array(text.utf8)) }
  public init(stringInterpolation: LiteralInterpolation) {
    self.init(literal: stringInterpolation.text)
  }

  private init(literal text: [UInt8]) {
    if let write = try? text.withUnsafeBufferPointer({ try Write($0) }) {
      self = write
    } else {
      self.init(Record(invalid: text))
    }
  }
}
