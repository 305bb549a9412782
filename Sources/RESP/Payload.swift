// A payload whose length is known, and the CRLF after it, arriving in pieces. It grows by what has
// arrived, never by what was announced.

struct Payload: Sendable {
  /// How many bytes are still to come, CRLF included.
  private var missing: Int

  init(length: Int) { missing = length + 2 }

  /// Moves what has arrived to the end of `destination`; true when the payload is complete.
  @inline(__always)
  mutating func read(
    from input: inout UnsafeRawBufferPointer, into destination: inout [UInt8]
  ) throws(ProtocolError) -> Bool {
    if missing > 2 {
      let arrived = input.removePrefix(min(missing - 2, input.count))
      destination.append(contentsOf: arrived)
      missing -= arrived.count
    }
    while missing <= 2, let byte = input.first {
      guard byte == (missing == 2 ? .carriageReturn : .lineFeed) else { throw .missingTerminator }
      _ = input.removePrefix(1)
      missing -= 1
      if missing == 0 { return true }
    }
    return false
  }
}
