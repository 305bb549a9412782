/// A `Value` that does not own its bytes, to read values without copies.
///
/// Valid only inside the closure that was given it.
package enum ValueView {
  case integer(Int64)
  case float(Double)
  case boolean(Bool)
  /// Unescaped bytes.
  case string(Bytes)
  case symbol(Bytes)
}

extension ValueView {
  /// Values of different classes never compare.
  package enum Class: Int { case number, text, boolean }

  package var valueClass: Class {
    switch self {
    case .integer, .float: .number
    case .string, .symbol: .text
    case .boolean: .boolean
    }
  }

  /// The bytes of a string or a symbol.
  package var text: Bytes? {
    switch self {
    case .string(let bytes), .symbol(let bytes): bytes
    default: nil
    }
  }

  /// A total order in which equal values are equal in a query: by class, numbers by exact value,
  /// texts by bytes, false before true.
  package static func compare(_ a: ValueView, _ b: ValueView) -> Int {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): return a < b ? -1 : a == b ? 0 : 1
    case (.float(let a), .float(let b)): return a < b ? -1 : a == b ? 0 : 1
    case (.integer(let a), .float(let b)): return compareExactly(a, b)
    case (.float(let a), .integer(let b)): return -compareExactly(b, a)
    case (.boolean(let a), .boolean(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
    default:
      if let a = a.text, let b = b.text { return compareBytes(a, b) }
      return a.valueClass.rawValue - b.valueClass.rawValue
    }
  }

  /// Feeds a hasher so that values that compare as equal hash alike.
  package func hash(into hasher: inout Hasher) {
    switch self {
    case .integer(let value): hasher.combine(value)
    case .float(let value):
      if let integer = Int64(exactly: value) {
        hasher.combine(integer)
      } else {
        hasher.combine(value.bitPattern)
      }
    case .boolean(let value): hasher.combine(value)
    case .string(let bytes), .symbol(let bytes):
      hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    }
  }

  /// An owned copy.
  package var value: Value {
    switch self {
    case .integer(let value): .integer(value)
    case .float(let value): .float(value)
    case .boolean(let value): .boolean(value)
    case .string(let bytes): .string(String(decoding: bytes, as: UTF8.self))
    case .symbol(let bytes): .symbol(String(decoding: bytes, as: UTF8.self))
    }
  }
}

/// Compares without rounding: a float of 2⁵³ or more has no fraction, a smaller one splits exactly.
private func compareExactly(_ integer: Int64, _ float: Double) -> Int {
  if float >= 0x1p63 { return -1 }
  if float < -0x1p63 { return 1 }
  let whole = Int64(float)  // Rounds towards zero.
  if integer != whole { return integer < whole ? -1 : 1 }
  let fraction = float - Double(whole)
  return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
}

extension Value {
  /// Lends the value as a view.
  package func withView<Result>(_ body: (ValueView) -> Result) -> Result {
    switch self {
    case .integer(let value): return body(.integer(value))
    case .float(let value): return body(.float(value))
    case .boolean(let value): return body(.boolean(value))
    case .string(var text): return text.withUTF8 { body(.string($0)) }
    case .symbol(var text): return text.withUTF8 { body(.symbol($0)) }
    }
  }
}
