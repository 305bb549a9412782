// Lines: every frame begins with one. A line that arrived whole is lent without a copy; the parts
// of one that did not are joined, and looked at only once.

/// A line without its LF. A lent line is valid only while the input is.
enum Line {
  case lent(UnsafeRawBufferPointer)
  case joined([UInt8])

  @inline(__always)
  func withBytes<R>(
    _ body: (UnsafeRawBufferPointer) throws(ProtocolError) -> R
  ) throws(ProtocolError) -> R {
    switch self {
    case .lent(let bytes):
      return try body(bytes)
    case .joined(let bytes):
      return try bytes.withUnsafeBufferPointer { (buffer) throws(ProtocolError) -> R in
        try body(UnsafeRawBufferPointer(buffer))
      }
    }
  }
}

struct LineReader: Sendable {
  /// The beginning of a line whose end has not arrived.
  private var begun: [UInt8] = []

  var isEmpty: Bool { begun.isEmpty }

  var capacity: Int { begun.capacity }

  /// The first byte of the line to come, if it has arrived.
  @inline(__always)
  func first(of input: UnsafeRawBufferPointer) -> UInt8? { begun.first ?? input.first }

  /// Takes the next line off the input, or, if its end is not there yet, all of the input.
  /// Throws `tooLong` as soon as the line, LF included, must be longer than `limit` bytes.
  @inline(__always)
  mutating func next(
    from input: inout UnsafeRawBufferPointer, limit: Int, tooLong: ProtocolError
  ) throws(ProtocolError) -> Line? {
    let window = min(input.count, limit - begun.count)
    var length = 0
    while length < window, input[length] != .lineFeed { length += 1 }
    if length < window {
      let line = input.removePrefix(length)
      _ = input.removePrefix(1)
      return begun.isEmpty ? .lent(line) : .joined(join(with: line))
    }
    guard begun.count + window < limit else { throw tooLong }
    begun.append(contentsOf: input.removePrefix(window))
    return nil
  }

  private mutating func join(with end: UnsafeRawBufferPointer) -> [UInt8] {
    var whole: [UInt8] = []
    swap(&whole, &begun)
    whole.append(contentsOf: end)
    return whole
  }
}

extension UnsafeRawBufferPointer {
  /// Takes the first `count` bytes off; there must be as many.
  @inline(__always)
  mutating func removePrefix(_ count: Int) -> UnsafeRawBufferPointer {
    precondition(count >= 0 && count <= self.count)
    let prefix = UnsafeRawBufferPointer(start: baseAddress, count: count)
    self = UnsafeRawBufferPointer(
      start: baseAddress.map { $0 + count }, count: self.count - count)
    return prefix
  }
}

extension UInt8 {
  @usableFromInline static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
  @usableFromInline static var lineFeed: UInt8 { UInt8(ascii: "\n") }
}
