// One binary search for every sorted collection.

extension RandomAccessCollection where Index == Int {
  /// The first index whose element does not satisfy a condition that holds for a prefix of the
  /// collection and for nothing after it.
  ///
  /// - Complexity: O(log n).
  @inlinable @inline(__always)
  package func partitionPoint(_ isBefore: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low &+ (high &- low) / 2
      if isBefore(self[middle]) { low = middle &+ 1 } else { high = middle }
    }
    return low
  }
}

extension RandomAccessCollection where Index == Int, Element: Comparable {
  /// The first index of a sorted collection whose element is not less than `element`.
  ///
  /// - Complexity: O(log n).
  @inlinable package func lowerBound(_ element: Element) -> Int {
    partitionPoint { $0 < element }
  }

  /// Whether a sorted collection has an element.
  ///
  /// - Complexity: O(log n).
  @inlinable package func containsSorted(_ element: Element) -> Bool {
    let index = lowerBound(element)
    return index < endIndex && self[index] == element
  }
}
