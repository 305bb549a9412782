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
func isPlain(_ byte: UInt8) -> Bool { escapes(byte) == 0 }

/// Not 0 for a byte that does not stand for itself. Without branches, as `count` needs it.
@inline(__always)
private func escapes(_ byte: UInt8) -> UInt8 {
  (byte < 0x20 ? 1 : 0) | (byte == 0x7f ? 1 : 0) | (byte == UInt8(ascii: "'") ? 1 : 0)
    | (byte == UInt8(ascii: "\\") ? 1 : 0)
}

/// How many bytes at the front stand for themselves in a string literal.
func plainCount(_ bytes: Bytes) -> Int { count(bytes, until: escapes, escapes(eight:)) }

/// How many bytes at the front do, and are ASCII.
func plainASCIICount(_ bytes: Bytes) -> Int {
  count(bytes, until: escapesOrIsWide, { escapes(eight: $0) | $0 & highBits })
}

/// As `escapes`, and not 0 for a byte that is not ASCII, either.
@inline(__always)
private func escapesOrIsWide(_ byte: UInt8) -> UInt8 {
  (byte &- 0x20 > 0x5e ? 1 : 0) | (byte == UInt8(ascii: "'") ? 1 : 0)
    | (byte == UInt8(ascii: "\\") ? 1 : 0)
}

package func isASCII(_ bytes: Bytes) -> Bool {
  count(bytes, until: { $0 & 0x80 }, { $0 & highBits }) == bytes.count
}

private let highBits: UInt64 = 0x8080_8080_8080_8080

/// How many bytes at the front there are before the first that is marked: not 0, or of eight, by its
/// highest bit.
@inline(__always)
private func count(
  _ bytes: Bytes, until mark: (UInt8) -> UInt8, _ markEight: (UInt64) -> UInt64
) -> Int {
  guard let start = bytes.baseAddress else { return 0 }
  let raw = UnsafeRawPointer(start)
  var place = 0
  while place &+ 32 <= bytes.count {
    // It never leaves early, so that it becomes vector instructions.
    var marks: UInt8 = 0
    for offset in 0..<32 { marks |= mark(start[place &+ offset]) }
    guard marks == 0 else { break }
    place &+= 32
  }
  while place &+ 8 <= bytes.count {
    let eight = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    let marks = markEight(eight)
    // Of several the lowest is the first.
    if marks != 0 { return place &+ marks.trailingZeroBitCount / 8 }
    place &+= 8
  }
  while place < bytes.count, mark(start[place]) == 0 { place &+= 1 }
  return place
}

/// Marks which of eight bytes do not stand for themselves, up to the first of them. After Warren, "Hacker's Delight", §6–1:
/// subtracting borrows into the highest bit of a byte that is too small, and equal bytes differ by zero.
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
