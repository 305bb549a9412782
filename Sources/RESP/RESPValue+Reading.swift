// What a client asks of a reply. Each answer is nil when the value is of another kind; where RESP2
// has no kind of its own (booleans, doubles, maps) its usual stand-in is understood too.

extension RESPValue {
  /// The bytes of any kind of string; not of errors.
  package var bytes: [UInt8]? {
    switch self {
    case .simpleString(let bytes), .bulk(let bytes), .bigNumber(let bytes), .verbatim(let bytes, _):
      bytes
    default: nil
    }
  }

  /// The text of any kind of string; nil also when it is not UTF-8.
  package var text: String? {
    bytes.flatMap { String(validating: $0, as: UTF8.self) }
  }

  package var integer: Int64? {
    if case .integer(let integer) = self { integer } else { nil }
  }

  package var double: Double? {
    switch self {
    case .double(let double): double
    case .bulk(let bytes): bytes.withUnsafeBytes(parseDouble)
    default: nil
    }
  }

  package var boolean: Bool? {
    switch self {
    case .boolean(let boolean): boolean
    case .integer(0): false
    case .integer(1): true
    default: nil
    }
  }

  /// The elements of an array, a set or a push.
  package var elements: [RESPValue]? {
    switch self {
    case .array(let elements), .set(let elements), .push(let elements): elements
    default: nil
    }
  }

  /// The entries of a map, or of an array that holds keys and values in turn.
  package var entries: [Entry]? {
    switch self {
    case .map(let entries): entries
    case .array(let elements) where elements.count.isMultiple(of: 2): Self.entries(of: elements)
    default: nil
    }
  }

  static func entries(of elements: [RESPValue]) -> [Entry] {
    stride(from: 0, to: elements.count, by: 2).map {
      Entry(key: elements[$0], value: elements[$0 + 1])
    }
  }

  /// The value of the first entry whose key is this text.
  package subscript(key: String) -> RESPValue? {
    entries?.first { entry in entry.key.bytes?.elementsEqual(key.utf8) ?? false }?.value
  }

  package var isNull: Bool { self == .null }

  /// The code (the first word) and the message (the rest) of an error.
  package var failure: (code: String, message: String)? {
    switch self {
    case .error(let bytes), .blobError(let bytes):
      let words = bytes.split(separator: UInt8(ascii: " "), maxSplits: 1)
      let texts = words.map { String(decoding: $0, as: UTF8.self) }
      return (texts.first ?? "", texts.count > 1 ? texts[1] : "")
    default:
      return nil
    }
  }
}
