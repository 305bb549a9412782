// Numbers as the wire writes them.

/// A 64-bit integer in its one canonical form: no `+`, no leading zeros, no `-0`; nil for anything
/// else.
@inline(__always)
func parseInteger(_ text: UnsafeRawBufferPointer) -> Int64? {
  let negative = text.first == UInt8(ascii: "-")
  let start = negative ? 1 : 0
  // 19 digits fit in 64 unsigned bits, so that the sum below cannot overflow.
  guard (1...19).contains(text.count - start) else { return nil }
  if text[start] == UInt8(ascii: "0") { return text.count == 1 ? 0 : nil }
  var magnitude: UInt64 = 0
  for index in start..<text.count {
    let digit = text[index] &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    magnitude = magnitude &* 10 &+ UInt64(digit)
  }
  guard magnitude <= Int64.max.magnitude + (negative ? 1 : 0) else { return nil }
  return Int64(truncatingIfNeeded: negative ? 0 &- magnitude : magnitude)
}

/// Decimal digits with an optional sign, of any length.
func isDecimal(_ text: UnsafeRawBufferPointer) -> Bool {
  let signs = hasSign(text) ? 1 : 0
  return text.count > signs && text.dropFirst(signs).allSatisfy(isDigit)
}

/// A float: decimal, with an optional fraction and exponent, or `inf` or `nan`, with an optional
/// sign.
func parseDouble(_ text: UnsafeRawBufferPointer) -> Double? {
  let unsigned = text.dropFirst(hasSign(text) ? 1 : 0)
  let isWord = unsigned.elementsEqual("inf".utf8) || unsigned.elementsEqual("nan".utf8)
  // The standard library also takes hexadecimal floats and longer words; the wire does not.
  let isNumber =
    unsigned.contains(where: isDigit)
    && unsigned.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
  guard isWord || isNumber else { return nil }
  return Double(String(decoding: text, as: UTF8.self))
}

private func hasSign(_ text: UnsafeRawBufferPointer) -> Bool {
  text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+")
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }
