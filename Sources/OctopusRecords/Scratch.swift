/// A growing buffer of plain values, for the inner loops of parsing and printing: an array that
/// nobody shares, so that appending asks nothing about ownership.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
  private var start: UnsafeMutablePointer<Element>?
  private(set) var count = 0
  private var capacity = 0

  init() {}

  deinit { start?.deallocate() }

  /// What was appended; valid until the next change.
  var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: start, count: count) }

  var mutableElements: UnsafeMutableBufferPointer<Element> {
    mutating get { UnsafeMutableBufferPointer(start: start, count: count) }
  }

  /// Makes room and returns where the next elements go; `extend` then says how many came.
  @inline(__always)
  mutating func reserve(_ room: Int) -> UnsafeMutablePointer<Element> {
    if capacity &- count < room { grow(by: room) }
    // `grow` has set it, unless nothing was ever asked for.
    return start.unsafelyUnwrapped + count
  }

  @inline(__always)
  mutating func extend(by added: Int) { count &+= added }

  @inline(__always)
  mutating func append(_ element: Element) {
    reserve(1).initialize(to: element)
    count &+= 1
  }

  @inline(__always)
  mutating func append(_ elements: UnsafeBufferPointer<Element>) {
    guard let source = elements.baseAddress, elements.count > 0 else { return }
    reserve(elements.count).initialize(from: source, count: elements.count)
    count &+= elements.count
  }

  @inline(never)
  private mutating func grow(by room: Int) {
    capacity = max(count + room, capacity * 2, 256 / MemoryLayout<Element>.stride)
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
    if let start {
      larger.moveInitialize(from: start, count: count)
      start.deallocate()
    }
    start = larger
  }
}
