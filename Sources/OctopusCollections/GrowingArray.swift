#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An array whose growth does not take longer the larger it is, at least where `realloc` moves
/// pages instead of copying bytes, as on Linux: a table of millions then holds up nobody.
///
/// An element must be movable as bytes, as all are but those with a weak reference.
///
/// ```swift
/// var rows = GrowingArray<Row>()
/// rows.append(row)
/// rows[0].revision = 7
/// ```
///
/// - Complexity: O(1) for each operation; a mutation of one of several copies is O(n).
// With pointers, since an array of the standard library copies its elements when it grows: 60
// milliseconds at two million.
@usableFromInline package struct GrowingArray<Element> {
  /// Frees the elements with the last copy of the array.
  @usableFromInline final class Owner {
    @usableFromInline var start: UnsafeMutablePointer<Element>
    @usableFromInline var count = 0

    @inlinable init(_ start: UnsafeMutablePointer<Element>) { self.start = start }

    deinit {
      start.deinitialize(count: count)
      free(start)
    }
  }

  @usableFromInline var owner: Owner?
  // Small, since what contains an array may be copied to be read.
  /// The owner's.
  @usableFromInline var start: UnsafeMutablePointer<Element>?
  @usableFromInline var used: UInt32 = 0
  @usableFromInline var capacity: UInt32 = 0

  @inlinable package init() {}

  /// Below 2³².
  @inlinable package var count: Int { @inline(__always) get { Int(used) } }

  @inlinable package var indices: Range<Int> { 0..<count }
  @inlinable package var isEmpty: Bool { count == 0 }

  @inlinable package subscript(index: Int) -> Element {
    @inline(__always) _read {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "an index out of range")
      defer { extendLifetime(owner) }
      yield start.unsafelyUnwrapped[index]
    }
    @inline(__always) _modify {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "an index out of range")
      if !isKnownUniquelyReferenced(&owner) { reserve(count) }
      defer { extendLifetime(owner) }
      yield &start.unsafelyUnwrapped[index]
    }
  }

  @inlinable package mutating func append(_ element: consuming Element) {
    let isUnique = isKnownUniquelyReferenced(&owner)
    if used == capacity || !isUnique {
      reserve(used == capacity ? max(2 * Int(capacity), 4) : Int(capacity))
    }
    (start.unsafelyUnwrapped + count).initialize(to: element)
    used += 1
    owner.unsafelyUnwrapped.count = count
  }

  @inlinable package mutating func removeLast() -> Element {
    precondition(count > 0, "an empty array has no last element")
    if !isKnownUniquelyReferenced(&owner) { reserve(count) }
    used -= 1
    owner.unsafelyUnwrapped.count = count
    let last = (start.unsafelyUnwrapped + count).move()
    if capacity > 1_024, used < capacity / 4 { reserve(Int(capacity) / 2) }
    return last
  }

  /// Complexity: O(elements that stay).
  @inlinable package mutating func removeFirst(_ removed: Int) {
    precondition(removed >= 0 && removed <= count, "there are not so many")
    guard removed > 0 else { return }
    if !isKnownUniquelyReferenced(&owner) { reserve(count) }
    let start = start.unsafelyUnwrapped
    start.deinitialize(count: removed)
    used -= UInt32(removed)
    start.moveInitialize(from: start + removed, count: count)
    owner.unsafelyUnwrapped.count = count
  }

  @inlinable package mutating func removeAll() { self = GrowingArray() }

  /// Lends the elements.
  @inlinable @inline(__always)
  package func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Element>) -> Result
  ) -> Result {
    defer { extendLifetime(owner) }
    return body(UnsafeBufferPointer(start: start, count: count))
  }

  /// Takes memory for this many elements, which no copy shares.
  @inlinable @inline(never)
  mutating func reserve(_ capacity: Int) {
    precondition(
      MemoryLayout<Element>.alignment <= 16 && capacity >= count,
      "malloc aligns to 16 bytes at most")
    let bytes = capacity * MemoryLayout<Element>.stride
    let isUnique = isKnownUniquelyReferenced(&owner)
    guard let memory = isUnique ? realloc(start, bytes) : malloc(bytes) else {
      fatalError("out of memory for \(bytes) bytes")
    }
    let new = memory.assumingMemoryBound(to: Element.self)
    if isUnique {
      owner.unsafelyUnwrapped.start = new
    } else {
      if let start { new.initialize(from: start, count: count) }
      let copy = Owner(new)
      copy.count = count
      owner = copy
    }
    (start, self.capacity) = (new, UInt32(capacity))
  }
}

// A copy shares no memory that one of the two changes.
extension GrowingArray: @unchecked Sendable where Element: Sendable {}
