/// A record's memory: its canonical text and a directory of where its attributes lie, in one
/// allocation, immutable once built.
///
/// To show a record is to copy its text; to compare two is to compare texts; an attribute is read
/// in place, by binary search in the directory. `object1 { attr: 'object1' }` occupies 80 bytes.
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

  /// That of a record like another but for its name; both names are bare, and there is no tail.
  static func make(bareName name: Bytes, behind other: RecordContents) -> RecordStorage {
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
  private static func copy(_ bytes: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer) {
    if let start = bytes.baseAddress { place.copyMemory(from: start, byteCount: bytes.count) }
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

/// A record's parts, read in place. Valid only inside the closure that was given it.
@usableFromInline
package struct RecordContents {
  @usableFromInline struct Entry: BitwiseCopyable {
    enum Kind: UInt32 { case integer, float, boolean, symbol, string, escapedString }

    /// Where the plain bytes of an attribute's name lie.
    enum Key {
      /// Here in the text.
      case bare(Int)
      /// Here in the text, between quotes.
      case quoted(Int)
      /// Here in the tail, behind two 16-bit numbers: how many bytes the name has, and its text.
      case escaped(Int)
    }

    /// The place of the key, and which of the three it is in the two highest bits.
    private var packedKey: UInt32
    /// The value's place in the text, and its kind in the three highest bits.
    var packed: UInt32

    init(key: Key, value: Int, kind: Kind) {
      packedKey =
        switch key {
        case .bare(let place): UInt32(place)
        case .quoted(let place): UInt32(place) | 1 << 30
        case .escaped(let place): UInt32(place) | 2 << 30
        }
      packed = UInt32(value) | kind.rawValue << 29
    }

    @inline(__always)
    var key: Key {
      let place = Int(packedKey & (1 << 30 - 1))
      return switch packedKey >> 30 {
      case 0: .bare(place)
      case 1: .quoted(place)
      default: .escaped(place)
      }
    }

    /// The entry where the text stands later by so much, and the tail where it was.
    func moved(by shift: Int) -> Entry {
      var entry = self
      let shift = UInt32(truncatingIfNeeded: shift)
      // Places stay below the bits that say more.
      if packedKey < 2 << 30 { entry.packedKey = packedKey &+ shift }
      entry.packed = packed &+ shift
      return entry
    }

    var value: Int { Int(packed & 0x1fff_ffff) }
    var kind: Kind { Kind(rawValue: packed >> 29)! }  // Only `init` writes it.
  }

  /// The canonical text.
  @usableFromInline package let text: Bytes
  /// The name's plain bytes, neither quoted nor escaped.
  @usableFromInline package let name: Bytes
  @usableFromInline let directory: UnsafeBufferPointer<Entry>

  @inlinable @inline(__always)
  init(text: Bytes, name: Bytes, directory: UnsafeBufferPointer<Entry>) {
    self.text = text
    self.name = name
    self.directory = directory
  }

  /// Whether the name's text is the name itself.
  var hasBareName: Bool { text.baseAddress == name.baseAddress }

  /// Whether nothing lies behind the text.
  var hasNoTail: Bool {
    hasBareName && directory.allSatisfy { if case .escaped = $0.key { false } else { true } }
  }

  /// How many attributes there are.
  package var count: Int { directory.count }

  /// The name of an attribute: its plain bytes, neither quoted nor escaped.
  @inline(__always)
  package func key(_ index: Int) -> Bytes {
    let entry = directory[index]
    return switch entry.key {
    case .bare(let place): Bytes(rebasing: text[place..<entry.value &- 2])
    case .quoted(let place): Bytes(rebasing: text[place..<entry.value &- 3])
    case .escaped(let place):
      Bytes(start: tail + place, count: Int(number(inTail: place &- 4)))
    }
  }

  /// Where the text of an attribute begins.
  @inline(__always)
  func start(of index: Int) -> Int {
    let entry = directory[index]
    return switch entry.key {
    case .bare(let place): place
    case .quoted(let place): place &- 1
    case .escaped(let place): entry.value &- 2 &- Int(number(inTail: place &- 2))
    }
  }

  /// Asked for only where there is a tail, so there is a text before it.
  private var tail: UnsafePointer<UInt8> { text.baseAddress.unsafelyUnwrapped + text.count }

  private func number(inTail place: Int) -> UInt16 {
    UnsafeRawPointer(tail).loadUnaligned(fromByteOffset: place, as: UInt16.self)
  }

  /// Lends the value of an attribute.
  @inline(__always)
  package func withValue<Result>(_ index: Int, _ body: (ValueView) -> Result) -> Result {
    let entry = directory[index]
    let value = valueText(index)
    switch entry.kind {
    case .integer: return body(.integer(integer(value)))
    case .float:
      var reader = NumberReader(value, at: 0)
      // The text was printed from a float, so it reads as one.
      guard case .float(let value)? = try? reader.read() else { return body(.float(0)) }
      return body(.float(value))
    case .boolean: return body(.boolean(value.count == 4))
    case .symbol: return body(.symbol(value))
    case .string: return body(.string(Bytes(rebasing: value[1..<value.count - 1])))
    case .escapedString: return Parser.withPlain(of: value) { body(.string($0)) }
    }
  }

  /// The text of an attribute's value.
  @inline(__always)
  package func valueText(_ index: Int) -> Bytes {
    Bytes(rebasing: text[directory[index].value..<end(of: index)])
  }

  /// Where the text of an attribute ends, with that of its value.
  @inline(__always)
  func end(of index: Int) -> Int {
    (index &+ 1 < directory.count ? start(of: index &+ 1) : text.count) &- 2
  }

  /// The place of an attribute, if it is `first` or later. Complexity: O(log n), and one comparison
  /// if it is `first`: whoever asks in order finds most at once.
  package func index(of key: Bytes, from first: Int = 0) -> Int? {
    var low = first
    var high = directory.count
    var probe = first
    while low < high {
      let order = compareBytes(self.key(probe), key)
      if order == 0 { return probe }
      if order < 0 { low = probe &+ 1 } else { high = probe }
      probe = (low &+ high) / 2
    }
    return nil
  }

  private func integer(_ digits: Bytes) -> Int64 {
    let isNegative = digits[0] == UInt8(ascii: "-")
    var magnitude: UInt64 = 0
    for digit in digits.dropFirst(isNegative ? 1 : 0) {
      magnitude = magnitude &* 10 &+ UInt64(digit &- 0x30)
    }
    return isNegative ? 0 &- Int64(bitPattern: magnitude) : Int64(bitPattern: magnitude)
  }
}
