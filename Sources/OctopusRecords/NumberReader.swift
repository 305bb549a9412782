/// Reads an integer or a float: `-?` digits, `-?0x…`, or with a fraction or an exponent.
struct NumberReader {
  // The text outlives the reader, as it does the parser that makes it.
  private let text: Bytes
  private let start: Int
  private(set) var place: Int

  init(_ text: Bytes, at place: Int) {
    self.text = text
    self.start = place
    self.place = place
  }

  mutating func read() throws(SyntaxError) -> Clause.Operand {
    let isNegative = peek(0) == UInt8(ascii: "-")
    if isNegative { place += 1 }
    if peek(0) == 0x30, let x = peek(1), x | 0x20 == UInt8(ascii: "x") {
      place += 2
      return .integer(try readInteger(radix: 16, isNegative: isNegative))
    }
    return try readDecimal(isNegative: isNegative)
  }

  private mutating func readInteger(radix: UInt64, isNegative: Bool) throws(SyntaxError) -> Int64 {
    let first = place
    var magnitude: UInt64 = 0
    var overflow = false
    while let byte = peek(0), let digit = hexadecimalDigit(byte), UInt64(digit) < radix {
      let (product, over) = magnitude.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      magnitude = sum
      overflow = overflow || over || carry
      place += 1
    }
    guard place > first else { throw error("a number without digits") }
    let limit = UInt64(Int64.max) + (isNegative ? 1 : 0)
    guard !overflow, magnitude <= limit else {
      throw error("an integer that does not fit into 64 bits")
    }
    return isNegative ? 0 &- Int64(bitPattern: magnitude) : Int64(magnitude)
  }

  /// Digits, then perhaps a fraction and an exponent. The digits are gathered as one integer, which
  /// gives most floats exactly (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
  private mutating func readDecimal(isNegative: Bool) throws(SyntaxError) -> Clause.Operand {
    let first = place
    var mantissa: UInt64 = 0
    skipDigits(into: &mantissa)
    let wholeDigits = place - first
    var fractionDigits = 0
    if peek(0) == UInt8(ascii: ".") {
      place += 1
      let fraction = place
      skipDigits(into: &mantissa)
      fractionDigits = place - fraction
      guard fractionDigits > 0 else { throw error("a fraction without digits") }
    }
    guard wholeDigits + fractionDigits > 0 else { throw error("a number without digits") }
    let exponent = try readExponent()
    if fractionDigits == 0, exponent == nil {
      place = first
      return .integer(try readInteger(radix: 10, isNegative: isNegative))
    }
    let power = (exponent ?? 0) - fractionDigits
    var value: Double
    if wholeDigits + fractionDigits <= 15, abs(power) <= 22 {
      value = Double(mantissa)
      value = power < 0 ? value / powersOfTen[-power] : value * powersOfTen[power]
      if isNegative { value = -value }
    } else {
      value = Double(String(decoding: text[start..<place], as: UTF8.self)) ?? .infinity
    }
    guard value.isFinite else { throw error("a float that does not fit into 64 bits") }
    return .float(value)
  }

  private mutating func skipDigits(into mantissa: inout UInt64) {
    while let byte = peek(0), isDigit(byte) {
      mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
      place &+= 1
    }
  }

  /// The exponent, kept small enough to calculate with: beyond 9,999 the value decides by itself.
  private mutating func readExponent() throws(SyntaxError) -> Int? {
    guard let e = peek(0), e | 0x20 == UInt8(ascii: "e") else { return nil }
    place += 1
    let isNegative = peek(0) == UInt8(ascii: "-")
    if isNegative || peek(0) == UInt8(ascii: "+") { place += 1 }
    let first = place
    var exponent = 0
    while let byte = peek(0), isDigit(byte) {
      exponent = min(exponent * 10 + Int(byte - 0x30), 9_999)
      place += 1
    }
    guard place > first else { throw error("an exponent without digits") }
    return isNegative ? -exponent : exponent
  }

  private func peek(_ distance: Int) -> UInt8? {
    place + distance < text.count ? text[place + distance] : nil
  }

  private func error(_ message: String) -> SyntaxError { SyntaxError(message, at: start) }
}

extension Value {
  /// Reads the text of a number, and nothing else.
  package init(number text: Bytes) throws(SyntaxError) {
    var reader = NumberReader(text, at: 0)
    let operand = try reader.read()
    guard reader.place == text.count else {
      throw SyntaxError("expected the end of a number", at: reader.place)
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
