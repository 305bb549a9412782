import OctopusRecords

// The cost of regular expressions: one on the first line, and after it a text. For all of them the
// program and the count of a match are bounded, and a new pattern counts the same.
extension FuzzTarget {
  static let patterns = FuzzTarget("patterns") { input in
    let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.endIndex
    let source = Array(input[..<end])
    guard let pattern = compile(source), let again = compile(source) else { return }
    try expect(pattern.instructions <= Limits.patternInstructions, "\(text(source)) is limited")
    try expect(pattern.longestText >= Limits.nameBytes, "\(text(source)) searches names")
    let short = Array(input[end...].dropFirst())
    guard !short.isEmpty else { return }
    let copies = repeatElement(short, count: pattern.longestText / short.count + 1)
    let long = Array(copies.joined().prefix(pattern.longestText))
    for searched in [short, long, short.reversed(), long] {
      let (isFound, cost) = match(pattern, searched)
      try expect(cost <= most, "\(text(source)) costs \(cost) for \(text(short))")
      try expect(match(again, searched) == (isFound, cost), "\(text(source)) counts alike")
    }
  }

  /// 20 ms.
  private static let most = 20_000_000

  private static func compile(_ source: [UInt8]) -> Pattern? {
    source.withUnsafeBufferPointer { try? Pattern($0, at: 0) }
  }

  private static func match(_ pattern: Pattern, _ text: [UInt8]) -> (Bool, Int) {
    var cost = 0
    let isFound = text.withUnsafeBufferPointer { pattern.matches($0, cost: &cost) }
    return (isFound, cost)
  }
}
