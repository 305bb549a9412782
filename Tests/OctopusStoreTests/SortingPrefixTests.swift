import OctopusRecords
import Testing

@testable import OctopusStore

/// The 64-bit key of a value must never contradict the order of values.
@Suite struct SortingPrefixTests {
  static let integers: [Int64] =
    [0, 1, -1, 3, .max, .min, .max - 1, .min + 1]
    + [52, 53, 54, 60, 62].flatMap { power -> [Int64] in
      let value: Int64 = 1 << power
      return [value - 1, value, value + 1, -value, -value - 1, -value + 1]
    }
  static let floats: [Double] =
    [
      0, -0.0, 0.5, 1, 1.5, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e300, -1e300,
      9_007_199_254_740_992.0,
      9_007_199_254_740_994.0, 18_014_398_509_481_984.0, 9_223_372_036_854_775_808.0,
    ]
    + [
      Double(1).nextUp, Double(1).nextDown, Double(1 << 54).nextDown, Double(-1).nextUp,
      -9_223_372_036_854_775_808.0, 9.3e18, -9.3e18,
    ]
  static let texts = [
    "", "a", "a\0", "a\0\0", "abcdefg", "abcdefg\0", "abcdefgh", "abcdefghi", "abcdefh", "é",
  ]

  @Test func prefixesSortLikeTheValues() {
    let values =
      Self.integers.map(Value.integer) + Self.floats.map(Value.float)
      + Self.texts.map(Value.string) + Self.texts.map(Value.symbol) + [false, true]
    for a in values {
      for b in values {
        a.withView { a in b.withView { b in check(a, b) } }
      }
    }
  }

  private func check(_ a: ValueView, _ b: ValueView) {
    let order = ValueView.compare(a, b).signum()
    let (left, right) = (a.sortingPrefix(skipping: 0), b.sortingPrefix(skipping: 0))
    let prefixes = left < right ? -1 : left == right ? 0 : 1
    let comment: Comment = "\(a.value) \(left) and \(b.value) \(right)"
    #expect(prefixes == 0 || prefixes == order, comment)
    if order == 0 { #expect(prefixes == 0, comment) }
    if prefixes == 0, ValueView.isExact(left) { #expect(order == 0, comment) }
  }
}
