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

  func word(_ index: Int) -> UInt64 { storage[index] }
  func summary(_ index: Int) -> UInt64 { storage[Bitmap.wordCount &+ index] }

  func contains(_ member: UInt16) -> Bool {
    storage[Int(member >> 6)] & 1 << UInt64(member & 63) != 0
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
  func forEachMember(_ body: (UInt16) -> Bool) -> Bool { Bitmap.forEachCommon([self], body) }

  var members: [UInt16] {
    var members: [UInt16] = []
    forEachMember {
      members.append($0)
      return true
    }
    return members
  }

  /// Calls with each place that is in all bitmaps, in ascending order; false if `body` stopped it.
  @discardableResult
  static func forEachCommon(_ bitmaps: [Bitmap], _ body: (UInt16) -> Bool) -> Bool {
    for index in 0..<summaryCount {
      var summary = bitmaps.reduce(~0) { $0 & $1.summary(index) }
      while summary != 0 {
        let place = index << 6 | summary.trailingZeroBitCount
        summary &= summary &- 1
        var word = bitmaps.reduce(~0) { $0 & $1.word(place) }
        while word != 0 {
          guard body(UInt16(place << 6 | word.trailingZeroBitCount)) else { return false }
          word &= word &- 1
        }
      }
    }
    return true
  }
}
