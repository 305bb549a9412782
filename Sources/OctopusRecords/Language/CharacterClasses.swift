// The character classes of the grammar.

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

/// Whether an identifier as a value is a boolean.
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

/// Whether a byte needs no escape in a string literal.
@inline(__always)
func isPlain(_ byte: UInt8) -> Bool { escapes(byte) == 0 }

/// Not 0 for a byte that must be escaped. Without branches, so that `count` becomes vector
/// instructions.
@inline(__always)
private func escapes(_ byte: UInt8) -> UInt8 {
  (byte < 0x20 ? 1 : 0) | (byte == 0x7f ? 1 : 0) | (byte == UInt8(ascii: "'") ? 1 : 0)
    | (byte == UInt8(ascii: "\\") ? 1 : 0)
}

/// How many bytes of a string literal before the first that must be escaped.
func plainCount(_ bytes: Bytes) -> Int { count(bytes, until: escapes, escapes(eight:)) }

/// How many bytes before the first that must be escaped or is not ASCII.
func plainASCIICount(_ bytes: Bytes) -> Int {
  count(bytes, until: escapesOrIsWide, { escapes(eight: $0) | $0 & highBits })
}

/// Not 0 for a byte that must be escaped or is not ASCII.
@inline(__always)
private func escapesOrIsWide(_ byte: UInt8) -> UInt8 {
  (byte &- 0x20 > 0x5e ? 1 : 0) | (byte == UInt8(ascii: "'") ? 1 : 0)
    | (byte == UInt8(ascii: "\\") ? 1 : 0)
}

package func isASCII(_ bytes: Bytes) -> Bool {
  count(bytes, until: { $0 & 0x80 }, { $0 & highBits }) == bytes.count
}

private let highBits: UInt64 = 0x8080_8080_8080_8080

/// How many bytes there are before the first marked one. A mark of one byte is not 0; the marks of
/// eight bytes are their highest bits.
@inline(__always)
private func count(
  _ bytes: Bytes, until mark: (UInt8) -> UInt8, _ markEight: (UInt64) -> UInt64
) -> Int {
  guard let start = bytes.baseAddress else { return 0 }
  let raw = UnsafeRawPointer(start)
  var offset = 0
  while offset &+ 32 <= bytes.count {
    // The loop has no early exit, so that it becomes vector instructions.
    var marks: UInt8 = 0
    for lane in 0..<32 { marks |= mark(start[offset &+ lane]) }
    guard marks == 0 else { break }
    offset &+= 32
  }
  while offset &+ 8 <= bytes.count {
    let eight = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    let marks = markEight(eight)
    // The lowest mark is the first.
    if marks != 0 { return offset &+ marks.trailingZeroBitCount / 8 }
    offset &+= 8
  }
  while offset < bytes.count, mark(start[offset]) == 0 { offset &+= 1 }
  return offset
}

/// Marks those of eight bytes that must be escaped, up to the first of them. After Warren,
/// "Hacker's Delight", §6-1: a subtraction borrows into the highest bit of a byte that is too
/// small, and the difference of equal bytes is zero.
@inline(__always)
private func escapes(eight word: UInt64) -> UInt64 {
  let ones: UInt64 = 0x0101_0101_0101_0101
  func below(_ word: UInt64, _ bound: UInt64) -> UInt64 { (word &- ones &* bound) & ~word }
  let quote = below(word ^ ones &* 0x27, 1)
  let backslash = below(word ^ ones &* 0x5c, 1)
  let delete = below(word ^ ones &* 0x7f, 1)
  return (below(word, 0x20) | quote | backslash | delete) & highBits
}

func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
