import OctopusRecords

// Values as 64-bit keys of a sorted run.

extension ValueView {
  /// 64 bits that sort like values as far as they go: two for the class, then most of a number or
  /// the beginning of a text after its first `skipped` bytes. Values that compare as equal have
  /// equal bits.
  func sortingPrefix(skipping skipped: Int) -> UInt64 {
    let bits: UInt64 =
      switch self {
      case .integer(let value): ValueView.sortingBits(ValueView.towardsZero(value))
      case .float(let value): ValueView.sortingBits((value, isExact: true))
      case .boolean(let value): value ? 1 : 0
      case .string(let text), .symbol(let text): ValueView.sortingBits(text, skipped)
      }
    return UInt64(valueClass.rawValue) << 62 | bits
  }

  /// Whether only equal values have this prefix.
  static func isExact(_ prefix: UInt64) -> Bool {
    switch Class(rawValue: Int(prefix >> 62)) {
    case .number: (prefix >> 61 & 1) == 1 ? prefix & 1 == 0 : prefix & 1 == 1
    case .text: prefix & 0x3f < 8
    default: true
    }
  }

  static func isText(_ prefix: UInt64) -> Bool { prefix >> 62 == UInt64(Class.text.rawValue) }

  /// 61 bits that sort like the number, and one for the rest that they omit. The rest is away from
  /// zero: so a number with a rest sorts above one without if it is positive, else below.
  private static func sortingBits(_ number: (value: Double, isExact: Bool)) -> UInt64 {
    let bits = (number.value + 0).bitPattern  // -0.0 + 0 is 0.0.
    let isExact = number.isExact && bits & 7 == 0
    let isPositive = bits >> 63 == 0
    let sorted = (isPositive ? bits | 1 << 63 : ~bits) >> 3
    return sorted << 1 | (isExact == isPositive ? 0 : 1)
  }

  /// The integer rounded towards zero to a float, and whether that is exact.
  private static func towardsZero(_ integer: Int64) -> (value: Double, isExact: Bool) {
    guard integer.magnitude > 1 << 53 else { return (Double(integer), true) }
    // A float near 2⁶³ has 53 bits. The bits below are dropped.
    let dropped = integer.magnitude.bitWidth - integer.magnitude.leadingZeroBitCount - 53
    let kept = (integer.magnitude >> UInt64(dropped)) << UInt64(dropped)
    let value = Double(kept)
    return (integer < 0 ? -value : value, kept == integer.magnitude)
  }

  /// Seven bytes, then their number, 8 for more.
  private static func sortingBits(_ text: Bytes, _ skipped: Int) -> UInt64 {
    let rest = max(0, text.count - skipped)
    guard rest < 8 else {
      let eight = UnsafeRawPointer(text.baseAddress! + skipped).loadUnaligned(as: UInt64.self)
      return ((eight.bigEndian >> 8) << 6) | 8
    }
    var bits: UInt64 = 0
    for index in 0..<7 { bits = bits << 8 | (index < rest ? UInt64(text[skipped + index]) : 0) }
    return bits << 6 | UInt64(rest)
  }
}

/// How many bytes two texts share at their beginning.
func commonPrefixCount(_ a: Bytes, _ b: Bytes) -> Int {
  let most = min(a.count, b.count)
  var count = 0
  while count < most, a[count] == b[count] { count += 1 }
  return count
}
