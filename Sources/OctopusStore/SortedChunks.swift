/// A sorted sequence with cheap insertion anywhere: an array of sorted runs.
///
/// The order is the caller's: each operation takes a position, found with `position`. Compared to a
/// B+tree it has one inner level instead of several; with runs of 512, a million elements have
/// some thousands of runs, whose shift on a split costs less than a cache miss per element would.
///
/// - Complexity: finding is O(log n); inserting and removing O(run), and O(√n) on a split.
struct SortedChunks<Run: SortedRun> {
  struct Position: Comparable {
    var chunk: Int
    var offset: Int

    static func < (a: Position, b: Position) -> Bool { (a.chunk, a.offset) < (b.chunk, b.offset) }
  }

  /// The most elements of one run; at least 4.
  let capacity: Int

  private(set) var count = 0
  private(set) var chunks: [Run] = []
  /// The first element of each run, so that finding a run touches this one alone.
  private(set) var firsts = Run()
  /// The run that was emptied last, if no other was left: its memory is for the next.
  private var spare = Run()

  init(capacity: Int = 512) { self.capacity = capacity }

  var startPosition: Position { Position(chunk: 0, offset: 0) }
  var endPosition: Position { Position(chunk: chunks.count, offset: 0) }

  var last: Run.Element? { chunks.last.map { $0[$0.count - 1] } }

  subscript(position: Position) -> Run.Element { chunks[position.chunk][position.offset] }

  /// The first position whose element is not before a place in the order. `search` finds that in one
  /// run: how many of its elements are before the place.
  @inline(__always)
  func position(_ search: (borrowing Run) -> Int) -> Position {
    let chunk = search(firsts) - 1
    guard chunk >= 0 else { return startPosition }
    return normal(Position(chunk: chunk, offset: search(chunks[chunk])))
  }

  func position(after position: Position) -> Position {
    normal(Position(chunk: position.chunk, offset: position.offset + 1))
  }

  /// Calls with each element between two positions, in order; false if `body` stopped it.
  @inline(__always)
  @discardableResult
  func forEach(from start: Position, to end: Position, _ body: (Run.Element) -> Bool) -> Bool {
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
  func distance(from start: Position, to end: Position) -> Int {
    guard start.chunk < end.chunk else { return max(0, end.offset - start.offset) }
    let first = chunks[start.chunk].count - start.offset
    let between = end.chunk - start.chunk - 1
    let average = count / chunks.count
    return first + between * average + end.offset
  }

  mutating func insert(_ element: Run.Element, at position: Position, from source: Run.Source) {
    count += 1
    guard !chunks.isEmpty else {
      chunks.append(Run())
      swap(&chunks[0], &spare)
      chunks[0].insert(element, at: 0, from: source)
      firsts.insert(element, at: 0, from: source)
      return
    }
    var place = position
    // A position between two runs belongs to the end of the earlier.
    if place.offset == 0, place.chunk > 0 {
      place.chunk -= 1
      place.offset = chunks[place.chunk].count
    }
    if chunks[place.chunk].count == capacity { place = split(for: place, source) }
    chunks[place.chunk].insert(element, at: place.offset, from: source)
    if place.offset == 0 { firsts.set(element, at: place.chunk, from: source) }
  }

  /// Puts another element in the place of one that has the same place in the order.
  mutating func replace(at position: Position, with element: Run.Element) {
    chunks[position.chunk].replace(at: position.offset, with: element)
    if position.offset == 0 { firsts.replace(at: position.chunk, with: element) }
  }

  mutating func remove(at position: Position, from source: Run.Source) {
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

  /// Makes room in a full run. Ascending insertion leaves full runs behind, not half-full ones.
  private mutating func split(for place: Position, _ source: Run.Source) -> Position {
    let isAppending = place.offset == capacity && place.chunk == chunks.count - 1
    let middle = isAppending ? capacity : capacity / 2
    let upper = chunks[place.chunk].split(at: middle, capacity: capacity, from: source)
    let next = place.chunk + 1
    // An empty run is filled by the caller at once, which sets its first element.
    let first = isAppending ? chunks[place.chunk][0] : upper[0]
    chunks.insert(upper, at: next)
    firsts.insert(first, at: next, from: source)
    guard place.offset >= middle else { return place }
    return Position(chunk: next, offset: place.offset - middle)
  }

  private mutating func mergeIfSparse(_ chunk: Int, _ source: Run.Source) {
    let next = chunk + 1
    guard next < chunks.count, chunks[chunk].count + chunks[next].count < capacity / 2 else {
      return
    }
    let upper = chunks.remove(at: next)
    firsts.discard(at: next)
    chunks[chunk].append(upper, from: source)
  }

  private func normal(_ position: Position) -> Position {
    guard position.chunk < chunks.count, position.offset == chunks[position.chunk].count else {
      return position
    }
    return Position(chunk: position.chunk + 1, offset: 0)
  }
}

/// A sorted stretch of elements. What it must know of them beyond what it keeps comes from a source.
protocol SortedRun {
  associatedtype Element
  associatedtype Source

  init()
  var count: Int { get }
  subscript(place: Int) -> Element { get }
  mutating func insert(_ element: Element, at place: Int, from source: Source)
  /// Puts any other element there.
  mutating func set(_ element: Element, at place: Int, from source: Source)
  /// Puts an element of the same value there.
  mutating func replace(at place: Int, with element: Element)
  mutating func discard(at place: Int)
  /// Keeps the elements before a place, and gives the others, with room for `capacity`.
  mutating func split(at place: Int, capacity: Int, from source: Source) -> Self
  mutating func append(_ other: Self, from source: Source)
}

/// The plain run, which keeps its elements and nothing else.
extension ContiguousArray: SortedRun {
  typealias Source = Void

  mutating func insert(_ element: Element, at place: Int, from source: Void) {
    insert(element, at: place)
  }

  mutating func set(_ element: Element, at place: Int, from source: Void) {
    self[place] = element
  }

  mutating func replace(at place: Int, with element: Element) { self[place] = element }

  mutating func discard(at place: Int) { remove(at: place) }

  mutating func split(at place: Int, capacity: Int, from source: Void) -> Self {
    var upper = Self()
    upper.reserveCapacity(place == count ? 16 : capacity)
    upper.append(contentsOf: self[place...])
    removeSubrange(place...)
    return upper
  }

  mutating func append(_ other: Self, from source: Void) { append(contentsOf: other) }

  /// How many elements at the front satisfy a condition that none behind them does.
  @inline(__always)
  func partition(_ isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low &+ high) / 2
      if isBefore(self[middle]) { low = middle &+ 1 } else { high = middle }
    }
    return low
  }
}
