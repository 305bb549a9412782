/// A sorted sequence with cheap insertion anywhere: an array of sorted runs.
///
/// The order is the caller's: each operation takes a position, found with `position`. Compared to a
/// B+tree it has one inner level instead of several; with runs of 512, a million elements have some
/// thousands of runs, and to shift those on a split costs less than a cache miss per element would.
///
/// ```swift
/// let position = names.position { run in run.partitionPoint { $0 < name } }
/// names.insert(name, at: position, from: ())
/// ```
///
/// - Complexity: finding is O(log n); inserting and removing O(run), and O(√n) on a split.
@usableFromInline package struct SortedChunks<Run: SortedRun> {
  @usableFromInline package struct Position: Comparable {
    @usableFromInline package var chunk: Int
    @usableFromInline package var offset: Int

    @inlinable init(chunk: Int, offset: Int) {
      self.chunk = chunk
      self.offset = offset
    }

    @inlinable package static func < (a: Position, b: Position) -> Bool {
      (a.chunk, a.offset) < (b.chunk, b.offset)
    }
  }

  /// The most elements of one run; at least 4.
  @usableFromInline package let capacity: Int

  @usableFromInline package internal(set) var count = 0
  @usableFromInline package internal(set) var chunks: [Run] = []
  /// The first element of each run, so that finding a run reads nothing else.
  @usableFromInline package internal(set) var firsts = Run()
  /// The run that was emptied last, if no other was left: the next run takes its memory.
  @usableFromInline var spare = Run()

  @inlinable package init(capacity: Int = 512) { self.capacity = capacity }

  @inlinable package var startPosition: Position { Position(chunk: 0, offset: 0) }
  @inlinable package var endPosition: Position { Position(chunk: chunks.count, offset: 0) }

  @inlinable package var last: Run.Element? { chunks.last.map { $0[$0.count - 1] } }

  @inlinable package subscript(position: Position) -> Run.Element {
    chunks[position.chunk][position.offset]
  }

  /// The first position whose element is not before a point in the order. `search` finds that in
  /// one run: it returns how many of the run's elements are before the point.
  @inlinable @inline(__always)
  package func position(_ search: (borrowing Run) -> Int) -> Position {
    let chunk = search(firsts) - 1
    guard chunk >= 0 else { return startPosition }
    return normal(Position(chunk: chunk, offset: search(chunks[chunk])))
  }

  @inlinable package func position(after position: Position) -> Position {
    normal(Position(chunk: position.chunk, offset: position.offset + 1))
  }

  /// Calls with each element between two positions, in order; false if `body` stopped it.
  @inlinable @inline(__always)
  @discardableResult
  package func forEach(
    from start: Position, to end: Position, _ body: (Run.Element) -> Bool
  ) -> Bool {
    var offset = start.offset
    for chunk in start.chunk..<max(start.chunk, min(end.chunk + 1, chunks.count)) {
      let run = chunks[chunk]
      while offset < (chunk == end.chunk ? end.offset : run.count) {
        guard body(run[offset]) else { return false }
        offset &+= 1
      }
      offset = 0
    }
    return true
  }

  /// About how many elements lie between two positions: exact within two runs.
  @inlinable package func distance(from start: Position, to end: Position) -> Int {
    guard start.chunk < end.chunk else { return max(0, end.offset - start.offset) }
    let first = chunks[start.chunk].count - start.offset
    let between = end.chunk - start.chunk - 1
    let average = count / chunks.count
    return first + between * average + end.offset
  }

  /// How many elements lie between two positions. Complexity: O(runs between them).
  package func exactDistance(from start: Position, to end: Position) -> Int {
    guard start.chunk < end.chunk else { return max(0, end.offset - start.offset) }
    let between = chunks[(start.chunk + 1)..<min(end.chunk, chunks.count)]
    return chunks[start.chunk].count - start.offset + between.reduce(0) { $0 + $1.count }
      + end.offset
  }

  @inlinable package mutating func insert(
    _ element: Run.Element, at position: Position, from source: Run.Source
  ) {
    count += 1
    guard !chunks.isEmpty else {
      chunks.append(Run())
      swap(&chunks[0], &spare)
      chunks[0].insert(element, at: 0, from: source)
      firsts.insert(element, at: 0, from: source)
      return
    }
    var target = position
    // A position between two runs belongs to the end of the earlier.
    if target.offset == 0, target.chunk > 0 {
      target.chunk -= 1
      target.offset = chunks[target.chunk].count
    }
    if chunks[target.chunk].count == capacity { target = split(for: target, source) }
    chunks[target.chunk].insert(element, at: target.offset, from: source)
    if target.offset == 0 { firsts.set(element, at: target.chunk, from: source) }
  }

  /// Replaces an element by one that is equal in the order.
  @inlinable package mutating func replace(at position: Position, with element: Run.Element) {
    chunks[position.chunk].replace(at: position.offset, with: element)
    if position.offset == 0 { firsts.replace(at: position.chunk, with: element) }
  }

  @inlinable package mutating func remove(at position: Position, from source: Run.Source) {
    count -= 1
    let chunk = position.chunk
    chunks[chunk].discard(at: position.offset)
    if chunks[chunk].count == 0 {
      let empty = chunks.remove(at: chunk)
      if chunks.isEmpty { spare = empty }
      firsts.discard(at: chunk)
      return
    }
    if position.offset == 0 { firsts.set(chunks[chunk][0], at: chunk, from: source) }
    mergeIfSparse(chunk, source)
    if chunk > 0 { mergeIfSparse(chunk - 1, source) }
  }

  /// Makes room in a full run. Ascending insertion leaves full runs, not half-full ones.
  @inlinable mutating func split(for target: Position, _ source: Run.Source) -> Position {
    let isAppending = target.offset == capacity && target.chunk == chunks.count - 1
    let middle = isAppending ? capacity : capacity / 2
    let upper = chunks[target.chunk].split(at: middle, capacity: capacity, from: source)
    let next = target.chunk + 1
    // An empty run is filled by the caller at once, which sets its first element.
    let first = isAppending ? chunks[target.chunk][0] : upper[0]
    chunks.insert(upper, at: next)
    firsts.insert(first, at: next, from: source)
    guard target.offset >= middle else { return target }
    return Position(chunk: next, offset: target.offset - middle)
  }

  @inlinable mutating func mergeIfSparse(_ chunk: Int, _ source: Run.Source) {
    let next = chunk + 1
    guard next < chunks.count, chunks[chunk].count + chunks[next].count < capacity / 2 else {
      return
    }
    let upper = chunks.remove(at: next)
    firsts.discard(at: next)
    chunks[chunk].append(upper, from: source)
  }

  @inlinable func normal(_ position: Position) -> Position {
    guard position.chunk < chunks.count, position.offset == chunks[position.chunk].count else {
      return position
    }
    return Position(chunk: position.chunk + 1, offset: 0)
  }
}

/// A sorted run of elements. What the run must know of them beyond what it stores comes from a
/// source.
@usableFromInline package protocol SortedRun {
  associatedtype Element
  associatedtype Source

  init()
  var count: Int { get }
  subscript(index: Int) -> Element { get }
  mutating func insert(_ element: Element, at index: Int, from source: Source)
  /// Replaces an element by any other.
  mutating func set(_ element: Element, at index: Int, from source: Source)
  /// Replaces an element by one of the same value.
  mutating func replace(at index: Int, with element: Element)
  mutating func discard(at index: Int)
  /// Keeps the elements before an index, and returns the others, with room for `capacity`.
  mutating func split(at index: Int, capacity: Int, from source: Source) -> Self
  mutating func append(_ other: Self, from source: Source)
}

/// The plain run, which stores its elements and nothing else.
extension ContiguousArray: SortedRun {
  @usableFromInline package typealias Source = Void

  @inlinable package mutating func insert(
    _ element: Element, at index: Int, from source: Void
  ) {
    insert(element, at: index)
  }

  @inlinable package mutating func set(_ element: Element, at index: Int, from source: Void) {
    self[index] = element
  }

  @inlinable package mutating func replace(at index: Int, with element: Element) {
    self[index] = element
  }

  @inlinable package mutating func discard(at index: Int) { remove(at: index) }

  @inlinable package mutating func split(
    at index: Int, capacity: Int, from source: Void
  ) -> Self {
    var upper = Self()
    upper.reserveCapacity(index == count ? 16 : capacity)
    upper.append(contentsOf: self[index...])
    removeSubrange(index...)
    return upper
  }

  @inlinable package mutating func append(_ other: Self, from source: Void) {
    append(contentsOf: other)
  }
}
