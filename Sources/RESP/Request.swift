// A client's request: its arguments, the first of which names the command.
//
// All arguments stand in one buffer, one after the other, with a list of where each ends, so that a
// request costs no allocation per argument, and none at all when the decoder can use its buffers
// again.

// Without `@usableFromInline` on the type, `@inlinable` on a package type's members has no effect.
@usableFromInline
package struct Request: Sendable, Hashable {
  @usableFromInline var storage: [UInt8] = []
  @usableFromInline var ends: [Int] = []

  init() {}

  package init(_ arguments: some Sequence<some Sequence<UInt8>>) {
    for argument in arguments {
      storage.append(contentsOf: argument)
      ends.append(storage.count)
    }
  }

  /// The bytes of all arguments together.
  @inlinable
  package var byteCount: Int { storage.count }

  /// Lends the bytes of one argument. They are valid only inside `body`.
  @inlinable @inline(__always)
  package func withBytes<R, E: Error>(
    of index: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let range = range(of: index)
    return try storage.withUnsafeBufferPointer { (buffer) throws(E) -> R in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[range])))
    }
  }

  @inlinable
  func range(of index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }
}

extension Request: RandomAccessCollection {
  @inlinable package var startIndex: Int { 0 }
  @inlinable package var endIndex: Int { ends.count }
  // Not through the index distance of a collection, which is not specialized across modules.
  @inlinable package var count: Int { ends.count }
  @inlinable package var isEmpty: Bool { ends.isEmpty }
  @inlinable package subscript(index: Int) -> ArraySlice<UInt8> { storage[range(of: index)] }
}

extension Request {
  /// The memory that is kept for the next request. More is released, so that neither an idle
  /// connection nor a request that is put aside holds much more memory than it needs.
  private static var keptBytes: Int { 1024 }
  private static var keptArguments: Int { 64 }

  /// Bytes of memory.
  var capacity: Int { storage.capacity + ends.capacity * MemoryLayout<Int>.stride }

  var isSmall: Bool { storage.capacity <= Self.keptBytes && ends.capacity <= Self.keptArguments }

  @inline(__always)
  mutating func removeAll() {
    if !storage.isEmpty { storage.removeAll(keepingCapacity: true) }
    if !ends.isEmpty { ends.removeAll(keepingCapacity: true) }
  }
}

/// How large a request may be. A decoder's limits may change between requests, say after
/// authentication.
package struct RequestLimits: Sendable, Hashable {
  /// How many arguments, the command's name included.
  package var arguments: Int
  /// The bytes of one argument.
  package var argumentBytes: Int
  /// The bytes of all arguments of a request together.
  package var requestBytes: Int
  /// The bytes of an inline command, its line's end included.
  package var inlineBytes: Int

  package init(
    arguments: Int = 1 << 20, argumentBytes: Int = 1 << 29, requestBytes: Int = 1 << 30,
    inlineBytes: Int = 1 << 16
  ) {
    precondition(arguments > 0 && argumentBytes > 0 && requestBytes > 0 && inlineBytes > 0)
    // Far from where adding two of them could overflow.
    precondition(max(arguments, argumentBytes, requestBytes, inlineBytes) <= 1 << 48)
    self.arguments = arguments
    self.argumentBytes = argumentBytes
    self.requestBytes = requestBytes
    self.inlineBytes = inlineBytes
  }
}
