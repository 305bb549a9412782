// Swift values to records: each stored property becomes an attribute.

extension Record {
  /// A record whose attributes are the coded properties of a Swift value.
  ///
  /// ```swift
  /// struct Device: Codable { var bus: Int; var driver: String?; var state: State }
  /// let record = try Record(name: "pci", encoding: Device(bus: 3, driver: nil, state: .ready))
  /// print(record)   // pci { bus: 3, state: 'ready' }
  /// ```
  ///
  /// Booleans, integers, floats, strings and enums of these can be attributes; nil leaves its
  /// attribute out. Records are flat: a property that is a structure, an array or a dictionary is
  /// an error.
  ///
  /// - Throws: `EncodingError` with the coding path of what no record can hold (something nested,
  ///   an integer beyond 64 bits, a float that is not finite, an empty key); `SyntaxError` for the
  ///   name, or if the record is over its limit; and what the value's own `encode(to:)` throws.
  /// - Complexity: O(n log n) in the properties.
  public init(name: String, encoding value: some Encodable) throws {
    let attributes = AttributeList()
    try value.encode(to: RecordEncoder(attributes: attributes, codingPath: []))
    try self.init(name: name, pairs: attributes.pairs)
  }
}

/// What has been encoded so far, shared by the containers that a value asks for.
private final class AttributeList {
  var pairs: [(String, Value)] = []
}

/// Encodes the whole value, only as a keyed container.
private struct RecordEncoder: Encoder {
  let attributes: AttributeList
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(AttributeContainer<Key>(attributes: attributes, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    RefusingContainer(codingPath: codingPath, reason: "a record has named attributes, no elements")
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    RefusingContainer(codingPath: codingPath, reason: "a record has named attributes, no one value")
  }
}

private struct AttributeContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let attributes: AttributeList
  let codingPath: [any CodingKey]

  mutating func encodeNil(forKey key: Key) {}

  mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    let path = codingPath + [key]
    let encoder = ValueEncoder(codingPath: path)
    try value.encode(to: encoder)
    switch encoder.outcome {
    case .missing: throw EncodingError.refused(value, path, ValueEncoder.nested)
    case .absent: break
    case .value(let attribute):
      guard !key.stringValue.isEmpty else {
        throw EncodingError.refused(value, path, "an attribute's name cannot be empty")
      }
      attributes.pairs.append((key.stringValue, attribute))
    }
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(
      RefusingKeyedContainer<Nested>(codingPath: codingPath + [key], reason: ValueEncoder.nested))
  }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    RefusingContainer(codingPath: codingPath + [key], reason: ValueEncoder.nested)
  }

  /// A class and its superclass share one record.
  mutating func superEncoder() -> any Encoder {
    RecordEncoder(attributes: attributes, codingPath: codingPath)
  }

  mutating func superEncoder(forKey key: Key) -> any Encoder {
    ValueEncoder(codingPath: codingPath + [key])
  }
}
