// Words of the protocol, read without making strings: a word of up to fifteen letters is one integer.

/// A word in upper case, packed behind a one, which keeps leading zeros apart. Longer words are none of
/// ours: they pack to 0, as the empty word does.
struct Word: Hashable, Sendable {
  let packed: UInt128

  @inline(__always)
  init(_ bytes: UnsafeRawBufferPointer) {
    var packed: UInt128 = (1...15).contains(bytes.count) ? 1 : 0
    if packed != 0 {
      for byte in bytes {
        let isLower = byte &- UInt8(ascii: "a") < 26
        packed = packed &<< 8 | UInt128(isLower ? byte ^ 0x20 : byte)
      }
    }
    self.packed = packed
  }

  init(_ text: String) {
    self = Array(text.utf8).withUnsafeBytes { Word($0) }
  }
}

extension Word: ExpressibleByStringLiteral {
  init(stringLiteral text: StaticString) {
    self = text.withUTF8Buffer { Word(UnsafeRawBufferPointer($0)) }
  }
}

/// From words to small numbers: an open hash table, at most a quarter full, so that nearly every look-up
/// takes one step.
struct WordMap: Sendable {
  private struct Slot {
    var word: Word
    var value: UInt8
  }

  private var slots: [Slot]
  private let shift: UInt64

  init(_ entries: [(word: Word, value: UInt8)]) {
    var bits: UInt64 = 2
    while 1 << bits < entries.count * 4 { bits += 1 }
    shift = 64 - bits
    slots = Array(repeating: Slot(word: "", value: 0), count: 1 << bits)
    for (word, value) in entries {
      precondition(word != "" && self[word] == nil, "words are distinct, and not too long")
      var place = place(of: word)
      while slots[place].word != "" { place = (place + 1) & (slots.count - 1) }
      slots[place] = Slot(word: word, value: value)
    }
  }

  @inline(__always)
  private func place(of word: Word) -> Int {
    let folded = UInt64(truncatingIfNeeded: word.packed ^ word.packed &>> 64)
    return Int(truncatingIfNeeded: (folded &* 0x9e37_79b9_7f4a_7c15) &>> shift)
  }

  @inline(__always)
  subscript(word: Word) -> UInt8? {
    guard word.packed != 0 else { return nil }
    var place = place(of: word)
    while slots[place].word.packed != 0 {
      if slots[place].word == word { return slots[place].value }
      place = (place &+ 1) & (slots.count &- 1)
    }
    return nil
  }
}
