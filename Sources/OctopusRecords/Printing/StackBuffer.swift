// The buffer of the inner loops of parsing and printing.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A growing buffer of plain values that starts in memory lent by the caller, mostly on the stack,
/// and moves to the heap when that is full. It is never shared, so that appending needs no check of
/// uniqueness.
struct StackBuffer<Element: BitwiseCopyable>: ~Copyable {
  private var start: UnsafeMutablePointer<Element>?
  private(set) var count = 0
  private var capacity = 0
  private var isLent = false

  init() {}

  /// A buffer that starts in lent memory, which must outlive it.
  init(lent memory: UnsafeMutableBufferPointer<Element>) {
    start = memory.baseAddress
    capacity = memory.count
    isLent = true
  }

  deinit { if !isLent { free(start) } }

  /// The appended elements; valid until the next change.
  var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: start, count: count) }

  var mutableElements: UnsafeMutableBufferPointer<Element> {
    mutating get { UnsafeMutableBufferPointer(start: start, count: count) }
  }

  /// Makes room and returns the address of the next elements; `extend` then adds those written.
  @inline(__always)
  mutating func reserve(_ room: Int) -> UnsafeMutablePointer<Element> {
    if capacity &- count < room { grow(by: room) }
    // `grow` sets it before the first element.
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
    // A plain value can be moved by its bytes, and `malloc` aligns for every one.
    let larger = realloc(isLent ? nil : start, capacity * MemoryLayout<Element>.stride)
    guard let larger = larger?.assumingMemoryBound(to: Element.self) else {
      fatalError("out of memory")
    }
    if isLent, let start { larger.initialize(from: start, count: count) }
    isLent = false
    start = larger
  }
}
