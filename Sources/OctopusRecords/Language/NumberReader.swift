/// Parses an integer or a float: `-?` digits, `-?0x…`, or with a fraction or an exponent.
struct NumberReader {
  // The text outlives the reader, as it does the parser that makes it.
  private let text: Bytes
  private let start: Int
  private(set) var position: Int

  init(_ text: Bytes, at position: Int) {
    self.text = text
    self.start = position
    self.position = position
  }

  @inline(__always)
  mutating func read() throws(SyntaxError) -> Clause.Operand {
    let isNegative = peek(0) == UInt8(ascii: "-")
    if isNegative { position += 1 }
    if peek(0) == 0x30, let x = peek(1), x | 0x20 == UInt8(ascii: "x") {
      position += 2
      return .integer(try readHexadecimal(isNegative: isNegative))
    }
    return try readDecimal(isNegative: isNegative)
  }

  private mutating func readHexadecimal(isNegative: Bool) throws(SyntaxError) -> Int64 {
    let first = position
    var magnitude: UInt64 = 0
    var overflow = false
    while let byte = peek(0), let digit = hexadecimalDigit(byte) {
      overflow = overflow || magnitude >> 60 != 0
      magnitude = magnitude << 4 | UInt64(digit)
      position &+= 1
    }
    guard position > first else { throw error("a number without digits") }
    return try integer(overflow ? nil : magnitude, isNegative)
  }

  /// Parses the digits from `first` on again, with a check for overflow.
  private func readInteger(from first: Int, isNegative: Bool) throws(SyntaxError) -> Int64 {
    var magnitude: UInt64? = 0
    for digit in text[first..<position] {
      guard let value = magnitude else { break }
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit &- 0x30))
      magnitude = over || carry ? nil : sum
    }
    return try integer(magnitude, isNegative)
  }

  @inline(__always)
  private func integer(_ magnitude: UInt64?, _ isNegative: Bool) throws(SyntaxError) -> Int64 {
    let limit = UInt64(Int64.max) + (isNegative ? 1 : 0)
    guard let magnitude, magnitude <= limit else {
      throw error("an integer that does not fit into 64 bits; quote it if it is text")
    }
    let value = Int64(truncatingIfNeeded: magnitude)
    return isNegative ? 0 &- value : value
  }

  /// Parses digits, and a fraction and an exponent if there are any. All digits form one integer,
  /// which gives most floats exactly (Clinger, "How to Read Floating Point Numbers Accurately",
  /// 1990).
  private mutating func readDecimal(isNegative: Bool) throws(SyntaxError) -> Clause.Operand {
    let first = position
    var mantissa: UInt64 = 0
    skipDigits(into: &mantissa)
    let wholeDigits = position - first
    if wholeDigits > 0, !isFloating(peek(0)) {
      return .integer(
        wholeDigits <= 18  // They always fit.
          ? try integer(mantissa, isNegative)
          : try readInteger(from: first, isNegative: isNegative))
    }
    var fractionDigits = 0
    if peek(0) == UInt8(ascii: ".") {
      position += 1
      let fraction = position
      skipDigits(into: &mantissa)
      fractionDigits = position - fraction
      guard fractionDigits > 0 else { throw error("a fraction without digits") }
    }
    guard wholeDigits + fractionDigits > 0 else {
      throw error(
        peek(0) == UInt8(ascii: "+") ? "a number has no '+'" : "a number without digits")
    }
    let end = position
    let exponent = try readExponent()
    let power = (exponent ?? 0) - fractionDigits
    var value: Double
    if wholeDigits + fractionDigits <= 15, abs(power) <= 22 {
      value = Double(mantissa)
      value = power < 0 ? value / powersOfTen[-power] : value * powersOfTen[power]
      if isNegative { value = -value }
    } else {
      value = Double(String(decoding: text[start..<position], as: UTF8.self)) ?? .infinity
    }
    guard value.isFinite else {
      throw error("a float that does not fit into 64 bits; quote it if it is text")
    }
    if value == 0, text[first..<end].contains(where: { isDigit($0) && $0 != 0x30 }) {
      throw error("a float too close to 0 for 64 bits; write 0.0, or quote it if it is text")
    }
    return .float(value)
  }

  /// Whether the byte after digits makes them a float.
  private func isFloating(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
  }

  private mutating func skipDigits(into mantissa: inout UInt64) {
    while let byte = peek(0), isDigit(byte) {
      mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
      position &+= 1
    }
  }

  /// The exponent, at most 9,999: a larger one makes the value 0 or infinite anyway.
  private mutating func readExponent() throws(SyntaxError) -> Int? {
    guard let e = peek(0), e | 0x20 == UInt8(ascii: "e") else { return nil }
    position += 1
    let isNegative = peek(0) == UInt8(ascii: "-")
    if isNegative || peek(0) == UInt8(ascii: "+") { position += 1 }
    let first = position
    var exponent = 0
    while let byte = peek(0), isDigit(byte) {
      exponent = min(exponent * 10 + Int(byte - 0x30), 9_999)
      position += 1
    }
    guard position > first else { throw error("an exponent without digits") }
    return isNegative ? -exponent : exponent
  }

  private func peek(_ distance: Int) -> UInt8? {
    position + distance < text.count ? text[position + distance] : nil
  }

  private func error(_ message: String) -> SyntaxError { SyntaxError(message, at: start) }
}

extension Value {
  /// Parses a text that is a number.
  package init(number text: Bytes) throws(SyntaxError) {
    var reader = NumberReader(text, at: 0)
    let operand = try reader.read()
    guard reader.position == text.count else {
      throw SyntaxError("expected the end of a number", at: reader.position)
    }
    switch operand {
    case .float(let value): self = .float(value)
    case .integer(let value): self = .integer(value)
    default: preconditionFailure("a number is an integer or a float")
    }
  }
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]
