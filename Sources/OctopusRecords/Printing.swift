// The canonical text of names and values, appended to bytes.

extension [UInt8] {
  package mutating func append(_ text: StaticString) {
    append(contentsOf: Bytes(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A name: bare where it can be, else quoted.
  package mutating func append(name: Bytes) {
    if isIdentifier(name) { append(contentsOf: name) } else { append(quoted: name) }
  }

  /// A string literal. Assumes valid UTF-8.
  package mutating func append(quoted text: Bytes) {
    append(UInt8(ascii: "'"))
    for byte in text {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case 0x0a: append("\\n")
      case 0x0d: append("\\r")
      case 0x09: append("\\t")
      case 0x00: append("\\0")
      case 0x01..<0x20, 0x7f:
        append("\\u{")
        append(contentsOf: String(byte, radix: 16).utf8)
        append(UInt8(ascii: "}"))
      default: append(byte)
      }
    }
    append(UInt8(ascii: "'"))
  }

  /// Decimal digits.
  package mutating func append(integer value: Int64) {
    var magnitude = value.magnitude
    if value < 0 { append(UInt8(ascii: "-")) }
    let start = count
    repeat {
      append(UInt8(truncatingIfNeeded: magnitude % 10) + 0x30)
      magnitude /= 10
    } while magnitude > 0
    self[start...].reverse()
  }

  package mutating func append(view: ValueView) {
    switch view {
    case .integer(let value): append(integer: value)
    case .float(let value): append(contentsOf: value.description.utf8)
    case .boolean(let value): value ? append("true") : append("false")
    case .string(let text): append(quoted: text)
    // A symbol that was built, not parsed, need not be an identifier: then it prints as a string.
    case .symbol(let text):
      isIdentifier(text) && !isBoolean(text) ? append(contentsOf: text) : append(quoted: text)
    }
  }

  mutating func append(value: Value) {
    value.withView { append(view: $0) }
  }
}

func isBoolean(_ text: Bytes) -> Bool {
  text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8)
}
