import OctopusRecords

/// A place between values, just below or just above one, or beyond all: what an interval ends at.
///
/// A value lies on one side of a cut, never on it, so open and closed ends need no telling apart.
protocol Cut: Comparable, Sendable {
  /// A value, read in place.
  associatedtype Point

  static var lowest: Self { get }
  static var highest: Self { get }

  func isBelow(_ point: Point) -> Bool
}

/// A cut between numbers, integers and floats in one exact order.
///
/// A 64-bit integer is its nearest float and what that misses, at most 512; ordered by both, numbers
/// stand as their exact values do.
struct NumberCut: Cut {
  private let float: Double
  /// Twice what the float misses; odd for a cut beside the number, even for the number itself.
  private let rest: Int16

  static let lowest = NumberCut(float: -.infinity, rest: 0)
  static let highest = NumberCut(float: .infinity, rest: 0)

  private init(float: Double, rest: Int16) {
    self.float = float
    self.rest = rest
  }

  /// The number itself, as a point; with a side of -1 or 1 the cut just below or above it.
  init(_ integer: Int64, side: Int16 = 0) {
    float = Double(integer)
    // 2⁶³ is the one float that no integer has; the difference to it comes out by wrapping.
    let nearest = float == 0x1p63 ? Int64.min : Int64(float)
    rest = Int16(truncatingIfNeeded: integer &- nearest) * 2 + side
  }

  init(_ float: Double, side: Int16 = 0) {
    self.float = float
    rest = side
  }

  static func < (a: NumberCut, b: NumberCut) -> Bool {
    a.float < b.float || (a.float == b.float && a.rest < b.rest)
  }

  func isBelow(_ point: NumberCut) -> Bool { self < point }
}

/// A cut between texts, ordered by bytes.
struct TextCut: Cut {
  private enum Side: Int8 { case below, above, beyondAll }

  /// Decides most comparisons without a look at the bytes.
  private let head: UInt64
  private let text: [UInt8]
  private let side: Side

  /// Nothing is below the empty text.
  static let lowest = TextCut([], .below)
  static let highest = TextCut([], .beyondAll)

  private init(_ text: [UInt8], _ side: Side) {
    head = side == .beyondAll ? .max : text.withUnsafeBufferPointer(TextPoint.head)
    self.text = text
    self.side = side
  }

  init(_ text: [UInt8], isAbove: Bool) { self.init(text, isAbove ? .above : .below) }

  static func == (a: TextCut, b: TextCut) -> Bool { a.order(b) == 0 }
  static func < (a: TextCut, b: TextCut) -> Bool { a.order(b) < 0 }

  @inline(__always)
  func isBelow(_ point: TextPoint) -> Bool {
    head != point.head ? head < point.head : isBelowByBytes(point.bytes)
  }

  private func isBelowByBytes(_ bytes: Bytes) -> Bool {
    guard side != .beyondAll else { return false }
    let order = text.withUnsafeBufferPointer { compareBytes($0, bytes) }
    return order < 0 || (order == 0 && side == .below)
  }

  private func order(_ other: TextCut) -> Int {
    if head != other.head { return head < other.head ? -1 : 1 }
    if side == .beyondAll || other.side == .beyondAll {
      return (side == .beyondAll ? 1 : 0) - (other.side == .beyondAll ? 1 : 0)
    }
    let order = text.withUnsafeBufferPointer { text in
      other.text.withUnsafeBufferPointer { compareBytes(text, $0) }
    }
    return order != 0 ? order : Int(side.rawValue) - Int(other.side.rawValue)
  }
}

/// A text that is looked for among cuts.
struct TextPoint {
  let bytes: Bytes
  let head: UInt64

  init(_ bytes: Bytes) {
    self.bytes = bytes
    head = TextPoint.head(bytes)
  }

  /// The first eight bytes as a number: where two differ, the texts are in the same order.
  static func head(_ bytes: Bytes) -> UInt64 {
    if bytes.count >= 8 {
      return UInt64(bigEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(as: UInt64.self))
    }
    var head: UInt64 = 0
    for byte in bytes { head = head << 8 | UInt64(byte) }
    return bytes.isEmpty ? 0 : head << UInt64(64 - 8 * bytes.count)
  }
}
