/// Elements with small numbers that stay theirs until they are removed: an array with a free list.
///
/// A removal leaves an element in the slot that the caller names, so that nothing the old one owned
/// lives on. The next insertion takes the slot that was freed last.
///
/// ```swift
/// let number = slab.insert(session)
/// slab[number].name = name
/// slab.remove(number, leaving: .closed)
/// ```
///
/// - Complexity: O(1) for each operation, amortized where it inserts.
@usableFromInline package struct Slab<Element> {
  @usableFromInline var slots = GrowingArray<Element>()
  @usableFromInline var free: ContiguousArray<UInt32> = []

  @inlinable package init() {}

  /// How many elements there are.
  @inlinable package var count: Int { slots.count - free.count }

  /// How many slots are free, and how many were before they were trimmed.
  @inlinable package var freeCount: Int { free.count }

  /// The numbers of all slots, free ones among them.
  @inlinable package var indices: Range<Int> { slots.indices }

  /// The element with a number; in a free slot what its removal left.
  @inlinable package subscript(number: Int) -> Element {
    @inline(__always) _read { yield slots[number] }
    @inline(__always) _modify { yield &slots[number] }
  }

  /// Adds an element and returns its number.
  @inlinable package mutating func insert(_ element: Element) -> Int {
    while let number = free.popLast() {
      // It may have been trimmed.
      guard number < slots.count else { continue }
      slots[Int(number)] = element
      return Int(number)
    }
    slots.append(element)
    return slots.count - 1
  }

  /// Takes a slot for an element and returns its number: a free one as its removal left it, else a
  /// new one with `element`.
  @inlinable package mutating func reuse(
    orInsert element: @autoclosure () -> Element
  ) -> Int {
    if let number = free.popLast() { return Int(number) }
    slots.append(element())
    return slots.count - 1
  }

  /// Frees the slot of an element.
  @inlinable package mutating func remove(_ number: Int, leaving element: Element) {
    slots[number] = element
    remove(number)
  }

  /// Frees the slot of an element, which stays as it is for `reuse`.
  @inlinable package mutating func remove(_ number: Int) {
    free.append(UInt32(truncatingIfNeeded: number))
  }

  /// Removes a few of the last slots, as far as they are free, so that memory is freed in parts.
  @inlinable @inline(__always)
  package mutating func trim(_ isFree: (Element) -> Bool) {
    var left = 16
    while left > 0, !slots.isEmpty, isFree(slots[slots.count - 1]) {
      _ = slots.removeLast()
      left -= 1
    }
    if slots.isEmpty, !free.isEmpty { free = [] }
  }

  /// Lends the address of an element's slot.
  @inlinable @inline(__always)
  package func withAddress(_ number: Int, _ body: (UnsafeRawPointer) -> Void) {
    slots.withUnsafeBufferPointer { slots in
      if let start = slots.baseAddress, number < slots.count { body(start + number) }
    }
  }
}

extension Slab: Sendable where Element: Sendable {}
