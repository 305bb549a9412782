/// A bitmap of 65,536 bits, with a summary: one bit for each byte that is not zero.
///
/// Where one bit in a hundred is set, one byte in thirteen is not zero. So the summaries of two or
/// three such bitmaps, an eighth of their size, have little in common, and most words need not be
/// read.
struct Bitmap {
  static let wordCount = 1_024
  static let summaryCount = 128

  private(set) var count = 0
  private var storage = Storage()

  /// The words, then the summary. A class, so that their address is valid as long as it is there.
  fileprivate final class Storage {
    let words: UnsafeMutablePointer<UInt64>

    init() {
      words = .allocate(capacity: Bitmap.wordCount + Bitmap.summaryCount)
      words.initialize(repeating: 0, count: Bitmap.wordCount + Bitmap.summaryCount)
    }

    init(copying other: Storage) {
      words = .allocate(capacity: Bitmap.wordCount + Bitmap.summaryCount)
      words.initialize(from: other.words, count: Bitmap.wordCount + Bitmap.summaryCount)
    }

    deinit { words.deallocate() }
  }

  init(_ members: [UInt16]) {
    for member in members { insert(member) }
  }

  /// The words, for as long as a copy of the bitmap is there and none of them changes.
  var words: UnsafePointer<UInt64> { UnsafePointer(storage.words) }

  func contains(_ member: UInt16) -> Bool {
    withExtendedLifetime(storage) { Bitmap.contains(member, in: words) }
  }

  static func contains(_ member: UInt16, in words: UnsafePointer<UInt64>) -> Bool {
    words[Int(member >> 6)] & 1 << UInt64(member & 63) != 0
  }

  mutating func insert(_ member: UInt16) {
    makeUnique()
    let words = storage.words
    words[Int(member >> 6)] |= 1 << UInt64(member & 63)
    words[Bitmap.wordCount + Int(member >> 9)] |= 1 << UInt64(member >> 3 & 63)
    count += 1
  }

  mutating func remove(_ member: UInt16) {
    makeUnique()
    let words = storage.words
    let index = Int(member >> 6)
    words[index] &= ~(1 << UInt64(member & 63))
    if words[index] >> UInt64(member & 56) & 0xff == 0 {
      words[Bitmap.wordCount + Int(member >> 9)] &= ~(1 << UInt64(member >> 3 & 63))
    }
    count -= 1
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
  }

  /// Calls with each member in ascending order; false if `body` stopped it.
  @discardableResult
  func forEachMember(_ body: (UInt16) -> Bool) -> Bool {
    withExtendedLifetime(storage) {
      let words = words
      for index in 0..<Bitmap.summaryCount {
        let goesOn = Bitmap.forEachWord(words[Bitmap.wordCount &+ index], at: index) {
          Bitmap.forEachMember(words[$0], at: $0, body)
        }
        guard goesOn else { return false }
      }
      return true
    }
  }

  var members: [UInt16] {
    var members: [UInt16] = []
    forEachMember {
      members.append($0)
      return true
    }
    return members
  }

  /// Calls with each member of all of at least one bitmap, in ascending order; false if `body`
  /// stopped it. The caller keeps the bitmaps.
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
        let goesOn = forEachWord(common[index], at: start &+ index) { wordIndex in
          var word = UInt64.max
          for bitmap in bitmaps { word &= bitmap[wordIndex] }
          return forEachMember(word, at: wordIndex, body)
        }
        guard goesOn else { return false }
      }
    }
    return true
  }

  /// Calls with the index of each word for which a word of a summary has a bit, in ascending order;
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
    _ word: UInt64, at index: Int, _ body: (UInt16) -> Bool
  ) -> Bool {
    var word = word
    while word != 0 {
      guard body(UInt16(index << 6 | word.trailingZeroBitCount)) else { return false }
      word &= word &- 1
    }
    return true
  }
}
