import DequeModule

/// A first-in, first-out queue of distinct elements, each of which can also leave from the middle.
///
/// An element that leaves stays in memory until it comes first, or until more have left than are
/// there.
///
/// - Complexity: O(1) expected, amortized, for each operation.
@usableFromInline package struct RemovableQueue<Element: Hashable> {
  @usableFromInline var elements: Deque<Element> = []
  /// The elements that have not left.
  @usableFromInline var present: Set<Element> = []

  @inlinable package init() {}

  @inlinable package var isEmpty: Bool { present.isEmpty }
  @inlinable package var count: Int { present.count }

  /// Adds an element that has never been in the queue.
  @inlinable package mutating func append(_ element: Element) {
    elements.append(element)
    present.insert(element)
  }

  /// The element that has been in the queue longest.
  @inlinable package var first: Element? {
    mutating get {
      while let first = elements.first, !present.contains(first) { elements.removeFirst() }
      return elements.first
    }
  }

  /// Removes an element, if it is there.
  @inlinable package mutating func remove(_ element: Element) {
    guard present.remove(element) != nil else { return }
    if elements.count > 16 + 2 * present.count { elements.removeAll { !present.contains($0) } }
  }
}
