import Glibc
import OctopusSystem

/// Characters from standard input, decoded from UTF-8; a malformed byte becomes U+FFFD. Keys send
/// controls of ASCII; any other active character was pasted, and comes as the escape that means it
/// in a record.
struct Keyboard {
  enum Wakening { case typed, ended, woken }

  private var bytes: [UInt8] = []

  /// The next whole character, if it has arrived.
  mutating func next() -> Unicode.Scalar? {
    guard let first = bytes.first else { return nil }
    let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    let isComplete = bytes.count >= length
    let isBroken =
      first >= 0x80 && bytes.dropFirst().prefix(length - 1).contains { $0 & 0xc0 != 0x80 }
    guard isComplete || isBroken else { return nil }
    let scalar = String(decoding: bytes.prefix(length), as: UTF8.self).unicodeScalars.first!
    bytes.removeFirst(isBroken ? 1 : length)
    let text = String(scalar)
    let escaped = text.escaped(keepingLayout: false)
    guard scalar.value >= 0x80, escaped != text else { return scalar }
    // The escape is ASCII, and nothing in it active.
    bytes.insert(contentsOf: escaped.utf8, at: 0)
    return next()
  }

  /// Waits until something was typed or `wake` can be read.
  mutating func wait(orFor wake: CInt) -> Wakening {
    var sources = [
      pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
    ]
    while poll(&sources, 2, -1) < 0 {
      guard errno == EINTR else { return .ended }
    }
    if sources[1].revents != 0 { return .woken }
    var chunk = [UInt8](repeating: 0, count: 1024)
    let count = Glibc.read(0, &chunk, chunk.count)
    guard count > 0 else { return count < 0 && errno == EINTR ? .typed : .ended }
    bytes += chunk[..<count]
    return .typed
  }
}
