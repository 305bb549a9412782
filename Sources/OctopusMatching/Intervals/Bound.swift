import OctopusRecords

/// A bound of an interval: just below a value, just above it, or beyond all values.
///
/// No value is equal to a bound, so that open and closed intervals need not be distinguished.
protocol Bound: Comparable, Sendable {
  /// A value, read in place.
  associatedtype Value

  static var lowest: Self { get }
  static var highest: Self { get }

  func isBelow(_ value: Value) -> Bool
}

/// The side of a value on which a bound lies.
enum BoundSide: Int16 {
  case below = -1
  case above = 1
}

/// A bound between numbers, integers and floats in one exact order; or a number itself.
///
/// A 64-bit integer is its nearest float and the difference to it, at most 512. The order of both
/// is the order of the exact values.
struct NumberBound: Bound {
  private let float: Double
  /// Twice the difference to the float; odd for a bound beside the number, even for the number.
  private let rest: Int16

  static let lowest = NumberBound(float: -.infinity, rest: 0)
  static let highest = NumberBound(float: .infinity, rest: 0)

  private init(float: Double, rest: Int16) {
    self.float = float
    self.rest = rest
  }

  /// The bound beside a number; without a side the number itself.
  init(_ integer: Int64, _ side: BoundSide? = nil) {
    float = Double(integer)
    // 2⁶³ is the one nearest float that is no Int64. The difference to it wraps to the right value.
    let nearest = float == 0x1p63 ? Int64.min : Int64(float)
    rest = Int16(truncatingIfNeeded: integer &- nearest) * 2 + (side?.rawValue ?? 0)
  }

  init(_ float: Double, _ side: BoundSide? = nil) {
    self.float = float
    rest = side?.rawValue ?? 0
  }

  static func < (a: NumberBound, b: NumberBound) -> Bool {
    a.float < b.float || (a.float == b.float && a.rest < b.rest)
  }

  func isBelow(_ value: NumberBound) -> Bool { self < value }
}

/// A bound between texts, ordered by bytes.
struct TextBound: Bound {
  private enum Side: Int8 { case below, above, beyondAll }

  /// The first bytes, which decide most comparisons.
  private let head: UInt64
  private let text: [UInt8]
  private let side: Side

  /// No text is below the empty one.
  static let lowest = TextBound(text: [], side: .below)
  static let highest = TextBound(text: [], side: .beyondAll)

  private init(text: [UInt8], side: Side) {
    head = side == .beyondAll ? .max : text.withUnsafeBufferPointer(TextKey.head)
    self.text = text
    self.side = side
  }

  init(_ text: [UInt8], _ side: BoundSide) {
    self.init(text: text, side: side == .above ? .above : .below)
  }

  static func == (a: TextBound, b: TextBound) -> Bool { a.order(b) == 0 }
  static func < (a: TextBound, b: TextBound) -> Bool { a.order(b) < 0 }

  @inline(__always)
  func isBelow(_ value: TextKey) -> Bool {
    head != value.head ? head < value.head : isBelowByBytes(value.bytes)
  }

  private func isBelowByBytes(_ bytes: Bytes) -> Bool {
    guard side != .beyondAll else { return false }
    let order = text.withUnsafeBufferPointer { compareBytes($0, bytes) }
    return order < 0 || (order == 0 && side == .below)
  }

  private func order(_ other: TextBound) -> Int {
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

/// A text that is compared with bounds.
struct TextKey {
  let bytes: Bytes
  let head: UInt64

  init(_ bytes: Bytes) {
    self.bytes = bytes
    head = TextKey.head(bytes)
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
