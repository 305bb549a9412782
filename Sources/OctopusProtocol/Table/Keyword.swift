// Keywords of the protocol, read without making strings: a keyword has at most fifteen letters,
// which are packed in two integers.

/// A keyword in upper case, packed: eight bytes, seven bytes, the length. No keyword is longer:
/// longer text packs to zeros, as the empty text does.
struct Keyword: Hashable, Sendable {
  let low: UInt64
  let high: UInt64

  @inline(__always)
  init(_ bytes: UnsafeRawBufferPointer) {
    guard (1...15).contains(bytes.count) else {
      (low, high) = (0, 0)
      return
    }
    var low: UInt64 = 0
    var high = UInt64(bytes.count) &<< 56
    for index in 0..<min(bytes.count, 8) { low |= UInt64(bytes[index]) &<< UInt64(index &* 8) }
    if bytes.count > 8 {
      for index in 8..<bytes.count { high |= UInt64(bytes[index]) &<< UInt64(index &* 8) }
    }
    self.low = Self.uppercase(low)
    self.high = Self.uppercase(high)
  }

  var isEmpty: Bool { high == 0 }

  /// Eight letters at once: the high bit of each byte says whether it is `a` or more, then `z` or
  /// less.
  @inline(__always)
  private static func uppercase(_ letters: UInt64) -> UInt64 {
    let sevenBits = letters & 0x7f7f_7f7f_7f7f_7f7f
    let isFromA = sevenBits &+ 0x1f1f_1f1f_1f1f_1f1f
    let isPastZ = sevenBits &+ 0x0505_0505_0505_0505
    let isLower = (isFromA ^ isPastZ) & ~letters & 0x8080_8080_8080_8080
    return letters ^ (isLower &>> 2)
  }

  init(_ text: String) {
    self = Array(text.utf8).withUnsafeBytes { Keyword($0) }
  }
}

extension Keyword: ExpressibleByStringLiteral {
  init(stringLiteral text: StaticString) {
    self = text.withUTF8Buffer { Keyword(UnsafeRawBufferPointer($0)) }
  }
}

/// From keywords to small numbers: an open hash table, at most a quarter full, so that nearly every
/// look-up takes one step.
struct KeywordMap: Sendable {
  private struct Slot {
    var keyword: Keyword
    var value: UInt8
  }

  private var slots: [Slot]
  private let shift: UInt64

  init(_ entries: [(keyword: Keyword, value: UInt8)]) {
    var bits: UInt64 = 2
    while 1 << bits < entries.count * 4 { bits += 1 }
    shift = 64 - bits
    slots = Array(repeating: Slot(keyword: "", value: 0), count: 1 << bits)
    for (keyword, value) in entries {
      precondition(
        !keyword.isEmpty && self[keyword] == nil, "keywords are distinct, and not too long")
      var slot = home(of: keyword)
      while !slots[slot].keyword.isEmpty { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Slot(keyword: keyword, value: value)
    }
  }

  @inline(__always)
  private func home(of keyword: Keyword) -> Int {
    Int(truncatingIfNeeded: ((keyword.low ^ keyword.high) &* 0x9e37_79b9_7f4a_7c15) &>> shift)
  }

  @inline(__always)
  subscript(keyword: Keyword) -> UInt8? {
    guard !keyword.isEmpty else { return nil }
    var slot = home(of: keyword)
    while !slots[slot].keyword.isEmpty {
      if slots[slot].keyword == keyword { return slots[slot].value }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return nil
  }
}
