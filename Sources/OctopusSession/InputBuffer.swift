/// Bytes that a transport has received and the connection has not taken yet.
///
/// The server lends one with room for a whole read to the connection that reads, so an idle
/// connection keeps no memory for reading, and requests are mostly parsed where they were read.
package struct InputBuffer {
  /// Enough for one system call to be worthwhile.
  package static let readBytes = 64 << 10

  private var bytes: [UInt8]
  private var start = 0
  private var end = 0

  package init(capacity: Int = 0) { bytes = Array(repeating: 0, count: capacity) }

  package var count: Int { end - start }

  /// Bytes of memory.
  package var capacity: Int { bytes.count }

  package var isEmpty: Bool { start == end }

  /// Keeps the memory.
  package mutating func removeAll() { (start, end) = (0, 0) }

  /// Lends all its memory to `body`, which answers how many bytes it has written there, or a
  /// negative number if none. It must be empty.
  package mutating func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    precondition(isEmpty, "the buffer still has bytes that were read before")
    let count = bytes.withUnsafeMutableBytes(body)
    (start, end) = (0, max(0, count))
    return count
  }

  package mutating func append(_ other: borrowing InputBuffer) {
    other.withBytes { append($0) }
  }

  package mutating func append(_ new: UnsafeRawBufferPointer) {
    if isEmpty { removeAll() }
    if bytes.count - end < new.count { self = resized(to: count + max(count, new.count)) }
    bytes.withUnsafeMutableBytes {
      UnsafeMutableRawBufferPointer(rebasing: $0[end...]).copyMemory(from: new)
    }
    end += new.count
  }

  /// A copy without free space.
  package func compacted() -> InputBuffer { resized(to: count) }

  private func resized(to size: Int) -> InputBuffer {
    var copy = InputBuffer(capacity: size)
    copy.bytes.replaceSubrange(0..<count, with: bytes[start..<end])
    copy.end = count
    return copy
  }

  /// Lends the bytes to `body`, which answers how many of them it has taken.
  package mutating func take(_ body: (UnsafeRawBufferPointer) -> Int) {
    let taken = withBytes(body)
    start += taken
  }

  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
  }
}
