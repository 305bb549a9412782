/// A bitmap of 65,536 places, with a summary: one bit for each word that is not zero.
struct Bitmap {
  static let wordCount = 1_024
  static let summaryCount = 16

  private(set) var count: Int
  /// The words, then the summary.
  private var storage: ContiguousArray<UInt64>

  init(_ members: [UInt16]) {
    count = 0
    storage = ContiguousArray(repeating: 0, count: Bitmap.wordCount + Bitmap.summaryCount)
    for member in members { insert(member) }
  }

  func contains(_ member: UInt16) -> Bool { Bitmap.contains(member, in: words) }

  static func contains(_ member: UInt16, in words: UnsafePointer<UInt64>) -> Bool {
    words[Int(member >> 6)] & 1 << UInt64(member & 63) != 0
  }

  mutating func insert(_ member: UInt16) {
    let word = Int(member >> 6)
    storage[word] |= 1 << UInt64(member & 63)
    storage[Bitmap.wordCount + word >> 6] |= 1 << UInt64(word & 63)
    count += 1
  }

  mutating func remove(_ member: UInt16) {
    let word = Int(member >> 6)
    storage[word] &= ~(1 << UInt64(member & 63))
    if storage[word] == 0 {
      storage[Bitmap.wordCount + word >> 6] &= ~(1 << UInt64(word & 63))
    }
    count -= 1
  }

  /// Calls with each member in ascending order; false if `body` stopped it.
  @discardableResult
  func forEachMember(_ body: (UInt16) -> Bool) -> Bool {
    for index in 0..<Bitmap.summaryCount {
      var summary = storage[Bitmap.wordCount &+ index]
      while summary != 0 {
        let place = index << 6 | summary.trailingZeroBitCount
        summary &= summary &- 1
        guard Bitmap.forEachMember(storage[place], at: place, body) else { return false }
      }
    }
    return true
  }

  var members: [UInt16] {
    var members: [UInt16] = []
    forEachMember {
      members.append($0)
      return true
    }
    return members
  }

  /// The words, for as long as the bitmap is there and stays as it is.
  @inline(__always)
  var words: UnsafePointer<UInt64> {
    // The storage's own memory, which is never empty.
    storage.withUnsafeBufferPointer { $0.baseAddress! }
  }

  /// Calls with each place that is in all of at least one bitmap, in ascending order; false if `body`
  /// stopped it. Fastest if the first three have the fewest members.
  @discardableResult
  static func forEachCommon(
    _ bitmaps: [UnsafePointer<UInt64>], _ body: (UInt16) -> Bool
  ) -> Bool {
    let first = bitmaps[0]
    let second = bitmaps[min(1, bitmaps.count - 1)]
    let third = bitmaps[min(2, bitmaps.count - 1)]
    for start in stride(from: 0, to: wordCount, by: 8) {
      // Of three sparse bitmaps eight words have mostly nothing in common, which is soon known.
      var common: UInt64 = 0
      for place in start..<start &+ 8 { common |= first[place] & second[place] & third[place] }
      guard common != 0 else { continue }
      for place in start..<start &+ 8 {
        var word = first[place] & second[place] & third[place]
        for other in bitmaps.dropFirst(3) where word != 0 { word &= other[place] }
        guard forEachMember(word, at: place, body) else { return false }
      }
    }
    return true
  }

  @inline(__always)
  private static func forEachMember(
    _ word: UInt64, at place: Int, _ body: (UInt16) -> Bool
  ) -> Bool {
    var word = word
    while word != 0 {
      guard body(UInt16(place << 6 | word.trailingZeroBitCount)) else { return false }
      word &= word &- 1
    }
    return true
  }
}
