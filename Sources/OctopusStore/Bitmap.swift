/// A bitmap of 65,536 places, with a summary: one bit for each byte that is not zero.
///
/// Where a place in a hundred is taken one byte in thirteen is, so the summaries of two or three such
/// bitmaps, an eighth of their size, have little in common, and what they have not need not be looked at.
struct Bitmap {
  static let wordCount = 1_024
  static let summaryCount = 128

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
    storage[Int(member >> 6)] |= 1 << UInt64(member & 63)
    storage[Bitmap.wordCount + Int(member >> 9)] |= 1 << UInt64(member >> 3 & 63)
    count += 1
  }

  mutating func remove(_ member: UInt16) {
    let word = Int(member >> 6)
    storage[word] &= ~(1 << UInt64(member & 63))
    if storage[word] >> UInt64(member & 56) & 0xff == 0 {
      storage[Bitmap.wordCount + Int(member >> 9)] &= ~(1 << UInt64(member >> 3 & 63))
    }
    count -= 1
  }

  /// Calls with each member in ascending order; false if `body` stopped it.
  @discardableResult
  func forEachMember(_ body: (UInt16) -> Bool) -> Bool {
    for index in 0..<Bitmap.summaryCount {
      let goesOn = Bitmap.forEachWord(storage[Bitmap.wordCount &+ index], at: index) { place in
        Bitmap.forEachMember(storage[place], at: place, body)
      }
      guard goesOn else { return false }
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
  /// stopped it.
  @discardableResult
  static func forEachCommon(
    _ bitmaps: [UnsafePointer<UInt64>], _ body: (UInt16) -> Bool
  ) -> Bool {
    for start in stride(from: 0, to: summaryCount, by: 8) {
      // Eight words of the summaries at a time: most have nothing in common.
      var common = SIMD8<UInt64>(repeating: .max)
      for bitmap in bitmaps {
        common &= UnsafeRawPointer(bitmap + wordCount + start).loadUnaligned(as: SIMD8.self)
      }
      guard common != .zero else { continue }
      for index in 0..<8 {
        let goesOn = forEachWord(common[index], at: start &+ index) { place in
          var word = UInt64.max
          for bitmap in bitmaps { word &= bitmap[place] }
          return forEachMember(word, at: place, body)
        }
        guard goesOn else { return false }
      }
    }
    return true
  }

  /// Calls with the place of each word of which a word of a summary has a bit, in ascending order;
  /// false if `body` stopped it.
  @inline(__always)
  private static func forEachWord(
    _ summary: UInt64, at index: Int, _ body: (Int) -> Bool
  ) -> Bool {
    var summary = summary
    while summary != 0 {
      let byte = summary.trailingZeroBitCount & 56
      guard body(index << 3 | byte >> 3) else { return false }
      summary &= ~(0xff << UInt64(byte))
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
