/// A sorted sequence with cheap insertion anywhere: an array of sorted chunks.
///
/// The order is the caller's: each operation takes a position, found with `partition`. Compared to a
/// B+tree it has one inner level instead of several; with chunks of 512, a million elements have
/// some thousands of chunks, whose shift on a split costs less than a cache miss per element would.
///
/// - Complexity: finding is O(log n); inserting and removing O(chunk), and O(√n) on a split.
struct SortedChunks<Element> {
  struct Position: Equatable {
    var chunk: Int
    var offset: Int
  }

  /// The most elements of one chunk; at least 4.
  let capacity: Int

  private(set) var count = 0
  private(set) var chunks: [ContiguousArray<Element>] = []
  /// The first element of each chunk, so that finding a chunk touches this array alone.
  private(set) var firsts: ContiguousArray<Element> = []

  init(capacity: Int = 512) { self.capacity = capacity }

  var startPosition: Position { Position(chunk: 0, offset: 0) }
  var endPosition: Position { Position(chunk: chunks.count, offset: 0) }

  subscript(position: Position) -> Element { chunks[position.chunk][position.offset] }

  /// The first position whose element is not before a place in the order.
  @inline(__always)
  func partition(_ isBefore: (Element) -> Bool) -> Position {
    var low = 0
    var high = firsts.count
    while low < high {
      let middle = (low &+ high) / 2
      if isBefore(firsts[middle]) { low = middle &+ 1 } else { high = middle }
    }
    guard low > 0 else { return startPosition }
    let chunk = low - 1
    low = 1
    high = chunks[chunk].count
    while low < high {
      let middle = (low &+ high) / 2
      if isBefore(chunks[chunk][middle]) { low = middle &+ 1 } else { high = middle }
    }
    return normal(Position(chunk: chunk, offset: low))
  }

  func position(after position: Position) -> Position {
    normal(Position(chunk: position.chunk, offset: position.offset + 1))
  }

  /// About how many elements lie between two positions: exact within two chunks.
  func distance(from start: Position, to end: Position) -> Int {
    guard start.chunk < end.chunk else { return max(0, end.offset - start.offset) }
    let first = chunks[start.chunk].count - start.offset
    let between = end.chunk - start.chunk - 1
    let average = count / chunks.count
    return first + between * average + end.offset
  }

  mutating func insert(_ element: Element, at position: Position) {
    count += 1
    guard !chunks.isEmpty else {
      chunks.append([element])
      firsts.append(element)
      return
    }
    var place = position
    // A position between two chunks belongs to the end of the earlier.
    if place.offset == 0, place.chunk > 0 {
      place.chunk -= 1
      place.offset = chunks[place.chunk].count
    }
    if chunks[place.chunk].count == capacity { place = split(for: place) }
    chunks[place.chunk].insert(element, at: place.offset)
    if place.offset == 0 { firsts[place.chunk] = element }
  }

  mutating func replace(at position: Position, with element: Element) {
    chunks[position.chunk][position.offset] = element
    if position.offset == 0 { firsts[position.chunk] = element }
  }

  mutating func remove(at position: Position) {
    count -= 1
    chunks[position.chunk].remove(at: position.offset)
    if chunks[position.chunk].isEmpty {
      chunks.remove(at: position.chunk)
      firsts.remove(at: position.chunk)
      return
    }
    if position.offset == 0 { firsts[position.chunk] = chunks[position.chunk][0] }
    mergeIfSparse(position.chunk)
    if position.chunk > 0 { mergeIfSparse(position.chunk - 1) }
  }

  /// Makes room in a full chunk. Ascending insertion leaves full chunks behind, not half-full ones.
  private mutating func split(for place: Position) -> Position {
    let isAppending = place.offset == capacity && place.chunk == chunks.count - 1
    let middle = isAppending ? capacity : capacity / 2
    var upper = ContiguousArray<Element>()
    upper.reserveCapacity(isAppending ? 16 : capacity)
    upper.append(contentsOf: chunks[place.chunk][middle...])
    chunks[place.chunk].removeSubrange(middle...)
    let next = place.chunk + 1
    chunks.insert(upper, at: next)
    // An empty chunk is filled by the caller at once, which sets its first element.
    firsts.insert(upper.first ?? firsts[place.chunk], at: next)
    guard place.offset >= middle else { return place }
    return Position(chunk: next, offset: place.offset - middle)
  }

  private mutating func mergeIfSparse(_ chunk: Int) {
    let next = chunk + 1
    guard next < chunks.count, chunks[chunk].count + chunks[next].count < capacity / 2 else {
      return
    }
    chunks[chunk].append(contentsOf: chunks[next])
    chunks.remove(at: next)
    firsts.remove(at: next)
  }

  private func normal(_ position: Position) -> Position {
    guard position.chunk < chunks.count, position.offset == chunks[position.chunk].count else {
      return position
    }
    return Position(chunk: position.chunk + 1, offset: 0)
  }
}
