/// A clause's memory: the terms, then the arena.
@usableFromInline
final class ClauseStorage: ManagedBuffer<ClauseStorage.Header, Clause.Term> {
  @usableFromInline struct Header {
    @usableFromInline var name: Clause.Name
    var patterns: [Pattern]
    @usableFromInline var termCount: UInt32
    var arenaCount: UInt32
    var isValid: Bool
  }

  static func make(
    _ name: Clause.Name, _ terms: UnsafeBufferPointer<Clause.Term>, _ patterns: [Pattern],
    _ arena: Bytes, _ isValid: Bool
  ) -> ClauseStorage {
    let stride = MemoryLayout<Clause.Term>.stride
    let buffer = ClauseStorage.create(
      minimumCapacity: terms.count + (arena.count + stride - 1) / stride
    ) { _ in
      Header(
        name: name, patterns: patterns, termCount: UInt32(terms.count),
        arenaCount: UInt32(arena.count), isValid: isValid)
    }
    buffer.withUnsafeMutablePointerToElements { elements in
      if let start = terms.baseAddress { elements.update(from: start, count: terms.count) }
      if let start = arena.baseAddress {
        UnsafeMutableRawPointer(elements + terms.count)
          .copyMemory(from: start, byteCount: arena.count)
      }
    }
    // `create` returns the class it was called on.
    return unsafeDowncast(buffer, to: ClauseStorage.self)
  }

  /// Valid as long as the storage.
  @usableFromInline var arena: Bytes {
    withUnsafeMutablePointers { header, elements in
      let start = UnsafeRawPointer(elements + Int(header.pointee.termCount))
      return Bytes(
        start: start.assumingMemoryBound(to: UInt8.self), count: Int(header.pointee.arenaCount))
    }
  }
}
