// The letters of the grammar.

@inline(__always)
package func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

@inline(__always)
func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

@inline(__always)
func isIdentifierByte(_ byte: UInt8) -> Bool {
  isLetter(byte) || isDigit(byte) || byte &- 0x2d < 2 || byte == UInt8(ascii: "_")
}

/// Whether bytes can stand bare as a name or a symbol.
package func isIdentifier(_ bytes: Bytes) -> Bool {
  guard let first = bytes.first, isLetter(first) else { return false }
  for byte in bytes where !isIdentifierByte(byte) { return false }
  return true
}

/// Whether an identifier means a boolean, where it stands as a value.
@inline(__always)
func isBoolean(_ text: Bytes) -> Bool {
  switch text.count {
  case 4: text.elementsEqual("true".utf8)
  case 5: text.elementsEqual("false".utf8)
  default: false
  }
}

@inline(__always)
func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7f }

/// Whether a byte stands for itself in a string literal.
@inline(__always)
func isPlain(_ byte: UInt8) -> Bool {
  !isControl(byte) && byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\\")
}

func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
