import Glibc

/// What was read from a socket and is not yet taken.
///
/// A loop has one with room for a whole read, which it lends to whoever reads; so an idle connection holds no
/// memory for that, and mostly the bytes are taken where they were read.
struct InputBuffer {
  /// Enough for a system call to be worth its price.
  static let readBytes = 64 << 10

  enum Reading {
    case bytes(Int)
    /// Nothing is there now.
    case nothing
    /// The other end will say no more.
    case end
    case failure
  }

  private var bytes: [UInt8]
  private var start = 0
  private var end = 0

  init(capacity: Int = 0) { bytes = Array(repeating: 0, count: capacity) }

  var count: Int { end - start }

  var isEmpty: Bool { start == end }

  /// Whether a read has filled it, so that there may be more to read.
  var isFull: Bool { end == bytes.count }

  /// The memory stays.
  mutating func removeAll() { (start, end) = (0, 0) }

  /// Reads once, as much as there is and fits.
  mutating func read(from descriptor: Int32) -> Reading {
    makeRoom()
    let free = end
    while true {
      let count = bytes.withUnsafeMutableBytes { buffer in
        recv(descriptor, buffer.baseAddress! + free, buffer.count - free, Int32(MSG_DONTWAIT))
      }
      if count > 0 {
        end += count
        return .bytes(count)
      }
      if count == 0 { return .end }
      if errno != EINTR { return errno == EAGAIN ? .nothing : .failure }
    }
  }

  private mutating func makeRoom() {
    if isEmpty { removeAll() }
    guard bytes.count - end < Self.readBytes / 4 else { return }
    self = resized(to: count + Self.readBytes)
  }

  /// A copy of what is in it, with no more room than that.
  func compacted() -> InputBuffer { resized(to: count) }

  private func resized(to size: Int) -> InputBuffer {
    var copy = InputBuffer(capacity: size)
    copy.bytes.replaceSubrange(0..<count, with: bytes[start..<end])
    copy.end = count
    return copy
  }

  /// Lends what is in it; the body answers how much of that it has taken.
  mutating func take(_ body: (UnsafeRawBufferPointer) -> Int) {
    let taken = withBytes(body)
    start += taken
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
  }
}
