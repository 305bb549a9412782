/// A record's parts, read in place. Valid only inside the closure that was given it.
@usableFromInline
package struct RecordContents {
  @usableFromInline struct Entry: BitwiseCopyable {
    enum Kind: UInt32 { case integer, float, boolean, symbol, string, escapedString }

    /// The offset of the plain bytes of an attribute's name.
    enum Key {
      /// In the text.
      case bare(Int)
      /// In the text, between quotes.
      case quoted(Int)
      /// In the tail, after two 16-bit numbers: the lengths of the name, and of its text.
      case escaped(Int)
    }

    /// The offset of the key, and its case in the two highest bits.
    private var packedKey: UInt32
    /// The value's offset in the text, and its kind in the three highest bits.
    var packed: UInt32

    init(key: Key, value: Int, kind: Kind) {
      packedKey =
        switch key {
        case .bare(let offset): UInt32(offset)
        case .quoted(let offset): UInt32(offset) | 1 << 30
        case .escaped(let offset): UInt32(offset) | 2 << 30
        }
      packed = UInt32(value) | kind.rawValue << 29
    }

    @inline(__always)
    var key: Key {
      let offset = Int(packedKey & (1 << 30 - 1))
      return switch packedKey >> 30 {
      case 0: .bare(offset)
      case 1: .quoted(offset)
      default: .escaped(offset)
      }
    }

    /// The entry of a text that is shifted, with the tail where it was.
    func moved(by shift: Int) -> Entry {
      var entry = self
      let shift = UInt32(truncatingIfNeeded: shift)
      // Offsets stay below the case and the kind.
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

  /// Whether there is no tail.
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
    case .bare(let offset): Bytes(rebasing: text[offset..<entry.value &- 2])
    case .quoted(let offset): Bytes(rebasing: text[offset..<entry.value &- 3])
    case .escaped(let offset):
      Bytes(start: tail + offset, count: Int(number(inTail: offset &- 4)))
    }
  }

  /// The start of an attribute's text.
  @inline(__always)
  func start(of index: Int) -> Int {
    let entry = directory[index]
    return switch entry.key {
    case .bare(let offset): offset
    case .quoted(let offset): offset &- 1
    case .escaped(let offset): entry.value &- 2 &- Int(number(inTail: offset &- 2))
    }
  }

  /// The tail. There is a text before it.
  private var tail: UnsafePointer<UInt8> { text.baseAddress.unsafelyUnwrapped + text.count }

  private func number(inTail offset: Int) -> UInt16 {
    UnsafeRawPointer(tail).loadUnaligned(fromByteOffset: offset, as: UInt16.self)
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

  /// The end of an attribute's text, and of its value.
  @inline(__always)
  func end(of index: Int) -> Int {
    (index &+ 1 < directory.count ? start(of: index &+ 1) : text.count) &- 2
  }

  /// The index of an attribute, if it is `first` or later.
  ///
  /// - Complexity: O(log n), and one comparison if it is `first`, as it is for most callers that
  ///   ask for attributes in order.
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
