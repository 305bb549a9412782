/// A name and a set of typed attributes: the unit of storage and of publish/subscribe.
///
/// ```swift
/// let camera: Record = "hw.usb.device.3 { vendor: 0x04a9, product: 'PowerShot' }"
/// camera.name                 // "hw.usb.device.3"
/// camera["vendor"]?.integer   // 1193
/// print(camera)               // hw.usb.device.3 { product: 'PowerShot', vendor: 1193 }
/// ```
///
/// A literal may interpolate values; each is quoted as its kind needs, so none can change the
/// record's shape. An invalid literal is refused, with the position of the error, by the call that
/// it is passed to.
///
/// Immutable, and one allocation; copying is a reference count. Two records are equal if their
/// canonical texts are.
// Safe to share: nothing writes to the storage after it is made.
public struct Record: @unchecked Sendable {
  @usableFromInline let storage: RecordStorage

  init(storage: RecordStorage) { self.storage = storage }

  /// Reads a record's text.
  ///
  /// - Throws: `SyntaxError` with the byte offset of what is wrong; `needsName` if the name is a
  ///   regular expression or `_`.
  /// - Complexity: O(n log n) in the attributes; one pass over the text.
  public init(parsing text: String) throws(SyntaxError) {
    self = try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(SyntaxError) in
      try Record(bytes)
    }
  }

  /// Reads a record's text, or its name and its body apart.
  package init(_ text: Bytes, body: Bytes? = nil) throws(SyntaxError) {
    let source = try SourceText(text, body: body, limit: Limits.recordBytes)
    self = try source.withCopy { (copy) throws(SyntaxError) in
      try Parser.parse(copy, bodyStart: source.bodyStart) { (parser) throws(SyntaxError) in
        try parser.record(besideConditions: false)
      }
    }
  }

  /// A record with this name and these attributes.
  ///
  /// - Throws: `SyntaxError` for a name, the record's or an attribute's, that is empty or longer
  ///   than 1 KiB, an attribute that is there twice, a float that is not finite, or a record over
  ///   its limit.
  public init(
    name: String, attributes: KeyValuePairs<String, Value> = [:]
  ) throws(SyntaxError) {
    try self.init(name: name, pairs: attributes.map { ($0.key, $0.value) })
  }

  /// The name, neither quoted nor escaped.
  public var name: String { withContents { String(decoding: $0.name, as: UTF8.self) } }

  /// The value of an attribute, or nil. Complexity: O(log n) in the attributes.
  public subscript(attribute: String) -> Value? {
    var attribute = attribute
    return attribute.withUTF8 { key in
      withContents { contents in
        contents.index(of: key).map { contents.withValue($0) { $0.value } }
      }
    }
  }

  /// All attributes, sorted by the bytes of their names, which are neither quoted nor escaped.
  /// Complexity: O(n).
  public var attributes: [(name: String, value: Value)] {
    withContents { contents in
      (0..<contents.count).map { index in
        let name = String(decoding: contents.key(index), as: UTF8.self)
        return (name, contents.withValue(index) { $0.value })
      }
    }
  }

  /// The record's text, as bytes. Complexity: O(n).
  public var text: [UInt8] { withContents { Array($0.text) } }

  /// Lends the record's parts.
  @inlinable @inline(__always)
  package func withContents<Result, Failure>(
    _ body: (RecordContents) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withExtendedLifetime(storage) { () throws(Failure) in try body(storage.contents) }
  }

  /// The record's parts, for a caller that keeps the record alive.
  @inlinable @inline(__always)
  package var unretainedContents: RecordContents { storage.contents }

  /// The length of the canonical text.
  @inlinable package var textCount: Int { Int(storage.header.textCount) }

  /// How many attributes it has.
  @inlinable package var attributeCount: Int { Int(storage.header.count) }
}

extension Record: Hashable {
  public static func == (left: Record, right: Record) -> Bool {
    left.storage === right.storage
      || left.withContents { left in
        right.withContents { compareBytes(left.text, $0.text) == 0 }
      }
  }

  public func hash(into hasher: inout Hasher) {
    withContents { hasher.combine(bytes: UnsafeRawBufferPointer($0.text)) }
  }
}

extension Record: CustomStringConvertible {
  /// The canonical text: attributes sorted by name, `name {}` where there are none.
  public var description: String { withContents { String(decoding: $0.text, as: UTF8.self) } }
}
