/// A text to be parsed, whole or as a name and a body that came apart, within its limit.
struct Source {
  // Both outlive the source: it lives within the call that was given them.
  private let text: Bytes
  private let body: Bytes?
  let count: Int

  init(_ text: Bytes, body: Bytes?, limit: Int) throws(SyntaxError) {
    self.text = text
    self.body = body
    // Two lengths of memory that is there: their sum cannot overflow.
    count = text.count &+ (body?.count ?? 0)
    guard count <= limit else {
      throw SyntaxError("a text longer than \(limit) bytes", at: limit, reason: .tooLong)
    }
  }

  /// Where the body begins, if it is apart.
  var bodyStart: Int? { body == nil ? nil : text.count }

  /// Lends a copy of all, to be overwritten.
  @inline(__always)
  func withCopy<Result>(
    _ use: (UnsafeMutableBufferPointer<UInt8>) throws(SyntaxError) -> Result
  ) throws(SyntaxError) -> Result {
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) {
      (copy) throws(SyntaxError) in
      let place = UnsafeMutableRawBufferPointer(copy)
      place.copyMemory(from: UnsafeRawBufferPointer(text))
      if let body {
        UnsafeMutableRawBufferPointer(rebasing: place[text.count...])
          .copyMemory(from: UnsafeRawBufferPointer(body))
      }
      return try use(copy)
    }
  }
}
