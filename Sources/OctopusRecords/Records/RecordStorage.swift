/// A record's memory: its canonical text and a directory of its attributes, in one allocation,
/// immutable once built.
///
/// To show a record is to copy its text; to compare two is to compare texts; an attribute is read
/// in place, by binary search in the directory. `object1 { attr: 'object1' }` occupies 80 bytes
/// (decision 0001).
///
/// The memory holds `count` directory entries of two words each, then the text, then the tail: the
/// plain bytes of those names, of the record and of attributes, whose text has escapes.
@usableFromInline
final class RecordStorage: ManagedBuffer<RecordStorage.Header, UInt32> {
  @usableFromInline struct Header {
    @usableFromInline var count: UInt32
    @usableFromInline var textCount: UInt32
    @usableFromInline var nameStart: UInt32
    @usableFromInline var nameCount: UInt32
    /// False for the text of a literal that is not a record.
    var isValid: Bool
  }

  static func make(
    text: Bytes, tail: Bytes = Bytes(start: nil, count: 0),
    directory: UnsafeBufferPointer<RecordContents.Entry>, nameStart: Int, nameCount: Int,
    isValid: Bool = true
  ) -> RecordStorage {
    let bytes = text.count + tail.count
    let buffer = RecordStorage.create(
      minimumCapacity: directory.count * 2 + (bytes + 3) / MemoryLayout<UInt32>.stride
    ) { _ in
      Header(
        count: UInt32(directory.count), textCount: UInt32(text.count),
        nameStart: UInt32(nameStart), nameCount: UInt32(nameCount), isValid: isValid)
    }
    buffer.withUnsafeMutablePointerToElements { words in
      copy(UnsafeRawBufferPointer(directory), to: words)
      let start = UnsafeMutableRawPointer(words + directory.count * 2)
      copy(UnsafeRawBufferPointer(text), to: start)
      copy(UnsafeRawBufferPointer(tail), to: start + text.count)
    }
    // `create` returns the class it was called on.
    return unsafeDowncast(buffer, to: RecordStorage.self)
  }

  /// The memory of another record under a new name. Both names are bare, and there is no tail.
  static func make(bareName name: Bytes, attributesOf other: RecordContents) -> RecordStorage {
    let rest = Bytes(rebasing: other.text[other.name.count...])
    let shift = name.count - other.name.count
    let count = other.directory.count
    let textCount = name.count + rest.count
    let buffer = RecordStorage.create(
      minimumCapacity: count * 2 + (textCount + 3) / MemoryLayout<UInt32>.stride
    ) { _ in
      Header(
        count: UInt32(count), textCount: UInt32(textCount), nameStart: 0,
        nameCount: UInt32(name.count), isValid: true)
    }
    buffer.withUnsafeMutablePointerToElements { words in
      words.withMemoryRebound(to: RecordContents.Entry.self, capacity: count) { entries in
        for index in 0..<count { entries[index] = other.directory[index].moved(by: shift) }
      }
      let start = UnsafeMutableRawPointer(words + count * 2)
      copy(UnsafeRawBufferPointer(name), to: start)
      copy(UnsafeRawBufferPointer(rest), to: start + name.count)
    }
    // `create` returns the class it was called on.
    return unsafeDowncast(buffer, to: RecordStorage.self)
  }

  @inline(__always)
  private static func copy(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) {
    if let start = bytes.baseAddress { target.copyMemory(from: start, byteCount: bytes.count) }
  }

  @inlinable @inline(__always) var contents: RecordContents {
    withUnsafeMutablePointers { header, words in
      let count = Int(header.pointee.count)
      let text = UnsafeRawPointer(words + count * 2).assumingMemoryBound(to: UInt8.self)
      return RecordContents(
        text: Bytes(start: text, count: Int(header.pointee.textCount)),
        name: Bytes(
          start: text + Int(header.pointee.nameStart), count: Int(header.pointee.nameCount)),
        directory: UnsafeBufferPointer(
          start: UnsafeRawPointer(words).assumingMemoryBound(to: RecordContents.Entry.self),
          count: count))
    }
  }
}
