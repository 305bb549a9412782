import Glibc

/// Bytes that are mostly text but need not be UTF-8, such as file names and texts of the kernel.
/// Two are equal only if all their bytes are.
///
/// A Swift `String` cannot identify such data: it replaces what is not UTF-8, and calls canonically
/// equivalent sequences of bytes equal.
package struct ByteString: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The UTF-8 of a text.
  package init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

  /// The bytes before the terminating zero.
  package init(cString: UnsafePointer<CChar>) {
    bytes = Array(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
  }

  /// Lends the bytes with a terminating zero. A zero among them ends the C string early: check
  /// ``hasNUL`` first.
  package func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows
    -> Result
  {
    try (bytes + [0]).withUnsafeBytes {
      try body($0.assumingMemoryBound(to: CChar.self).baseAddress!)
    }
  }

  package var hasNUL: Bool { contains(0) }

  func contains(_ byte: UInt8) -> Bool {
    bytes.withUnsafeBytes { $0.count > 0 && memchr($0.baseAddress!, Int32(byte), $0.count) != nil }
  }

  /// The bytes as UTF-8; ``escaped`` if they are not UTF-8.
  package var text: String { String(validating: bytes, as: UTF8.self) ?? escaped }

  package static func == (left: ByteString, right: ByteString) -> Bool {
    left.bytes.count == right.bytes.count && left.compared(to: right) == 0
  }

  package func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension ByteString: Comparable {
  package static func < (left: ByteString, right: ByteString) -> Bool {
    let order = left.compared(to: right)
    return order < 0 || order == 0 && left.bytes.count < right.bytes.count
  }

  /// The order of the bytes up to the shorter length.
  private func compared(to other: ByteString) -> Int32 {
    bytes.withUnsafeBytes { left in
      other.bytes.withUnsafeBytes { right in
        let count = min(left.count, right.count)
        return count == 0 ? 0 : memcmp(left.baseAddress!, right.baseAddress!, count)
      }
    }
  }
}

extension ByteString: ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) { self.init(text) }
}

extension ByteString: CustomStringConvertible {
  package var description: String { escaped }
}

extension Collection<UInt8> {
  /// The number that these digits are; nil if there are other characters or it does not fit. Only a
  /// decimal number of a signed type may have a `-`.
  package func number<Number: FixedWidthInteger>(
    _: Number.Type = Number.self, radix: Number = 10
  ) -> Number? {
    let isNegative = Number.isSigned && radix == 10 && first == UInt8(ascii: "-")
    let digits = dropFirst(isNegative ? 1 : 0)
    guard !digits.isEmpty else { return nil }
    var result: Number = 0
    for byte in digits {
      guard let digit = byte.hexadecimalDigit.map({ Number($0) }), digit < radix else { return nil }
      let (product, isOver) = result.multipliedReportingOverflow(by: radix)
      let (sum, isOverToo) =
        isNegative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if isOver || isOverToo { return nil }
      result = sum
    }
    return result
  }
}

extension UInt8 {
  /// The value of this ASCII hexadecimal digit; nil if it is none.
  package var hexadecimalDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension Substring {
  /// The longest prefix of at most `limit` bytes of UTF-8 that cuts no scalar. (A Character has no
  /// maximal size.)
  package func prefix(utf8 limit: Int) -> Substring {
    guard var end = utf8.index(startIndex, offsetBy: limit, limitedBy: endIndex) else {
      return self
    }
    // Continuation bytes begin with the bits 10.
    while end < endIndex, utf8[end] & 0xc0 == 0x80 { end = utf8.index(before: end) }
    return self[..<end]
  }
}

extension String {
  /// The longest prefix of at most `limit` bytes of UTF-8 that cuts no scalar.
  package func prefix(utf8 limit: Int) -> Substring { self[...].prefix(utf8: limit) }
}
