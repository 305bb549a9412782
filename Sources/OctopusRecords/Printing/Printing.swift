// Prints the canonical text of names and values.

/// Text that is being printed.
typealias Text = StackBuffer<UInt8>

extension Text {
  @inline(__always)
  mutating func append(_ text: StaticString) {
    append(Bytes(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  mutating func append(_ text: consuming String) { text.withUTF8 { append($0) } }

  /// A name: bare where it can be, else quoted.
  mutating func append(name: Bytes) {
    if isIdentifier(name) { append(name) } else { append(quoted: name) }
  }

  /// A string literal. Assumes valid UTF-8.
  mutating func append(quoted text: Bytes) {
    append(UInt8(ascii: "'"))
    append(escaped: text)
    append(UInt8(ascii: "'"))
  }

  /// The content of a string literal.
  mutating func append(escaped text: Bytes) {
    if plainCount(text) == text.count { return append(text) }
    for byte in text {
      switch byte {
      case _ where isPlain(byte): append(byte)
      case UInt8(ascii: "'"), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case 0x0a: append("\\n")
      case 0x0d: append("\\r")
      case 0x09: append("\\t")
      case 0x00: append("\\0")
      default:
        append("\\u{")
        append(String(byte, radix: 16))
        append(UInt8(ascii: "}"))
      }
    }
  }

  /// Decimal digits.
  mutating func append(integer value: Int64) {
    var magnitude = value.magnitude
    if value < 0 { append(UInt8(ascii: "-")) }
    if magnitude < 10 { return append(UInt8(truncatingIfNeeded: magnitude) &+ 0x30) }
    let digits = decimalDigits(magnitude)
    var position = reserve(digits) + digits
    repeat {
      let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
      position -= 1
      position.initialize(to: UInt8(truncatingIfNeeded: digit) + 0x30)
      magnitude = quotient
    } while magnitude > 0
    extend(by: digits)
  }

  mutating func append(view: ValueView) {
    switch view {
    case .integer(let value): append(integer: value)
    case .float(let value): append(value.description)
    case .boolean(let value): value ? append("true") : append("false")
    case .string(let text): append(quoted: text)
    // A symbol that was built and not parsed may need quotes: then it is printed as a string.
    case .symbol(let text): isSymbol(text) ? append(text) : append(quoted: text)
    }
  }
}

extension [UInt8] {
  /// Appends a number, not below 0, in decimal digits.
  package mutating func append(decimal number: Int64) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var position = digits.count
      var rest = number.magnitude
      repeat {
        position -= 1
        digits.initializeElement(at: position, to: UInt8(truncatingIfNeeded: rest % 10) + 0x30)
        rest /= 10
      } while rest > 0
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[position...]))
    }
  }

  /// The text that `print` writes.
  init(_ print: (inout Text) -> Void) {
    var text = Text()
    print(&text)
    self.init(text.elements)
  }

  /// Appends a name's text: bare where it can be, else quoted.
  package mutating func append(name: Bytes) {
    if isIdentifier(name) {
      append(contentsOf: name)
    } else {
      append(contentsOf: Array { $0.append(quoted: name) })
    }
  }

  /// Appends a value's text.
  package mutating func append(view: ValueView) {
    append(contentsOf: Array { $0.append(view: view) })
  }
}

/// A name in text form: bare where it can be, else quoted.
package func nameText(_ name: Bytes) -> String {
  String(decoding: [UInt8]({ $0.append(name: name) }), as: UTF8.self)
}

/// A name for messages: in quotes and escaped, so that it is on one line.
package func quoted(_ name: Bytes) -> String {
  String(decoding: [UInt8]({ $0.append(quoted: name) }), as: UTF8.self)
}

private func decimalDigits(_ magnitude: UInt64) -> Int {
  var digits = 1
  var next: UInt64 = 10
  while magnitude >= next, digits < 20 {
    next &*= 10  // Overflows only for the twentieth digit, which is the last.
    digits &+= 1
  }
  return digits
}
