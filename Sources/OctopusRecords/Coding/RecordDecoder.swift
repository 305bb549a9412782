// Records to Swift values: each attribute becomes a stored property.

extension Record {
  /// The attributes as a Swift value.
  ///
  /// ```swift
  /// struct Device: Codable { var bus: Int; var driver: String? }
  /// let device = try record.decode(as: Device.self)
  /// ```
  ///
  /// An absent attribute is nil; attributes that the type does not know are passed over. Numbers
  /// and texts convert as `AttributeConvertible` says.
  ///
  /// - Throws: `DecodingError` with the coding path: `keyNotFound` for an absent attribute,
  ///   `typeMismatch` for one of another kind, or for a property that is no single value,
  ///   `dataCorrupted` for a number that does not fit; and what the type's own `init(from:)`
  ///   throws.
  /// - Complexity: O(m log n) for m properties and n attributes.
  public func decode<T: Decodable>(as type: T.Type) throws -> T {
    try T(from: RecordDecoder(record: self, codingPath: []))
  }
}

/// Decodes the whole value, only as a keyed container.
private struct RecordDecoder: Decoder {
  let record: Record
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(AttributeContainer<Key>(record: record, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw DecodingError.mismatch(
      [Any].self, codingPath, "a record has named attributes, no elements")
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    throw DecodingError.mismatch(
      Value.self, codingPath, "a record has named attributes, no one value")
  }
}

private struct AttributeContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let record: Record
  let codingPath: [any CodingKey]

  var allKeys: [Key] { record.attributes.compactMap { Key(stringValue: $0.name) } }

  func contains(_ key: Key) -> Bool { record[key.stringValue] != nil }

  func decodeNil(forKey key: Key) throws -> Bool { !contains(key) }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try T(from: decoder(for: key))
  }

  private func decoder(for key: Key) throws -> ValueDecoder {
    guard let value = record[key.stringValue] else {
      throw DecodingError.keyNotFound(
        key,
        DecodingError.Context(
          codingPath: codingPath, debugDescription: "no attribute '\(key.stringValue)'"))
    }
    return ValueDecoder(value: value, codingPath: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder(for: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(for: key).unkeyedContainer()
  }

  /// A class and its superclass share one record.
  func superDecoder() -> any Decoder { RecordDecoder(record: record, codingPath: codingPath) }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(for: key) }
}

/// Decodes one property from one value.
private struct ValueDecoder: Decoder, SingleValueDecodingContainer {
  let value: Value
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    throw DecodingError.mismatch(
      [String: Any].self, codingPath, "records are flat: this is \(value.kindAndText)")
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw DecodingError.mismatch(
      [Any].self, codingPath, "records are flat: this is \(value.kindAndText)")
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { false }

  func decode<T: Decodable & AttributeConvertible>(_ type: T.Type) throws -> T {
    if let result = T(attribute: value) { return result }
    // What reads a nought would have read this number too, if it fitted.
    if value.number != nil, T(attribute: .integer(0)) != nil {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: codingPath, debugDescription: "\(value.kindAndText) does not fit \(type)"))
    }
    throw DecodingError.mismatch(type, codingPath, "this is \(value.kindAndText), not \(type)")
  }

  /// A type that decodes itself from another, such as an enum from its raw value.
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }
}

extension DecodingError {
  fileprivate static func mismatch(
    _ type: any Any.Type, _ codingPath: [any CodingKey], _ reason: String
  ) -> DecodingError {
    .typeMismatch(type, Context(codingPath: codingPath, debugDescription: reason))
  }
}
