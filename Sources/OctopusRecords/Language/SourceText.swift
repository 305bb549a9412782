/// A text to be parsed, whole or as a name and a body, within its limit.
struct SourceText {
  // Both outlive this value, which lives within the call that they were passed to.
  private let text: Bytes
  private let body: Bytes?
  let count: Int

  init(_ text: Bytes, body: Bytes?, limit: Int) throws(SyntaxError) {
    self.text = text
    self.body = body
    // The lengths of two buffers in memory cannot overflow.
    count = text.count &+ (body?.count ?? 0)
    guard count <= limit else {
      throw SyntaxError("a text longer than \(limit) bytes", at: limit, reason: .tooLong)
    }
  }

  /// The start of the body, if it is a second text.
  var bodyStart: Int? { body == nil ? nil : text.count }

  /// Lends a copy of the whole text, which the parser may overwrite.
  @inline(__always)
  func withCopy<Result>(
    _ use: (UnsafeMutableBufferPointer<UInt8>) throws(SyntaxError) -> Result
  ) throws(SyntaxError) -> Result {
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) {
      (copy) throws(SyntaxError) in
      let target = UnsafeMutableRawBufferPointer(copy)
      target.copyMemory(from: UnsafeRawBufferPointer(text))
      if let body {
        UnsafeMutableRawBufferPointer(rebasing: target[text.count...])
          .copyMemory(from: UnsafeRawBufferPointer(body))
      }
      return try use(copy)
    }
  }
}
