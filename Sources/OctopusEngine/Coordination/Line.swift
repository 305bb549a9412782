import DequeModule

/// Who waits, first come, first served; anyone may leave from the middle. All of it O(1), amortized.
struct Line {
  private var numbers: Deque<Int64> = []
  /// Those that have not left.
  private var present: Set<Int64> = []

  var isEmpty: Bool { present.isEmpty }

  mutating func append(_ number: Int64) {
    numbers.append(number)
    present.insert(number)
  }

  var first: Int64? {
    mutating get {
      while let number = numbers.first, !present.contains(number) { numbers.removeFirst() }
      return numbers.first
    }
  }

  mutating func remove(_ number: Int64) {
    guard present.remove(number) != nil else { return }
    // Those that have left go before they outnumber the others.
    if numbers.count > 16 + 2 * present.count { numbers.removeAll { !present.contains($0) } }
  }
}
