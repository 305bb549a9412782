/// Encodes one property, which must turn out to be one value.
final class ValueEncoder: Encoder {
  enum Outcome {
    /// Nothing was encoded: an empty array, or a structure.
    case missing
    /// Nil: the attribute is left out.
    case absent
    case value(Value)
  }

  static let nested = "records are flat: an attribute is one value"

  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  fileprivate(set) var outcome = Outcome.missing

  init(codingPath: [any CodingKey]) { self.codingPath = codingPath }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(
      RefusingKeyedContainer<Key>(codingPath: codingPath, reason: Self.nested))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    RefusingContainer(codingPath: codingPath, reason: Self.nested)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ValueContainer(encoder: self)
  }
}

private struct ValueContainer: SingleValueEncodingContainer {
  let encoder: ValueEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }

  mutating func encodeNil() { encoder.outcome = .absent }
  mutating func encode(_ value: Bool) { encoder.outcome = .value(.boolean(value)) }
  mutating func encode(_ value: String) { encoder.outcome = .value(.string(value)) }
  mutating func encode(_ value: Double) throws { try encode(float: value) }
  mutating func encode(_ value: Float) throws { try encode(float: Double(value)) }

  mutating func encode<T: Encodable & FixedWidthInteger>(_ value: T) throws {
    guard let integer = Int64(exactly: value) else {
      throw EncodingError.refused(value, codingPath, "\(value) does not fit into 64 bits, signed")
    }
    encoder.outcome = .value(.integer(integer))
  }

  /// A type that encodes itself as another, such as an enum as its raw value.
  mutating func encode<T: Encodable>(_ value: T) throws { try value.encode(to: encoder) }

  private func encode(float value: Double) throws {
    guard value.isFinite else {
      throw EncodingError.refused(value, codingPath, "\(value) is not finite")
    }
    encoder.outcome = .value(.float(value))
  }
}

/// Asking for a container cannot fail; using this one does.
struct RefusingContainer: UnkeyedEncodingContainer, SingleValueEncodingContainer {
  let codingPath: [any CodingKey]
  let reason: String
  var count: Int { 0 }

  mutating func encodeNil() throws { throw EncodingError.refused("nil", codingPath, reason) }

  mutating func encode<T: Encodable>(_ value: T) throws {
    throw EncodingError.refused(value, codingPath, reason)
  }

  mutating func nestedContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(RefusingKeyedContainer<Key>(codingPath: codingPath, reason: reason))
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }

  mutating func superEncoder() -> any Encoder { ValueEncoder(codingPath: codingPath) }
}

struct RefusingKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let codingPath: [any CodingKey]
  let reason: String

  mutating func encodeNil(forKey key: Key) throws {
    throw EncodingError.refused("nil", codingPath + [key], reason)
  }

  mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    throw EncodingError.refused(value, codingPath + [key], reason)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(
      RefusingKeyedContainer<Nested>(codingPath: codingPath + [key], reason: reason))
  }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    RefusingContainer(codingPath: codingPath + [key], reason: reason)
  }

  mutating func superEncoder() -> any Encoder { ValueEncoder(codingPath: codingPath) }

  mutating func superEncoder(forKey key: Key) -> any Encoder {
    ValueEncoder(codingPath: codingPath + [key])
  }
}

extension EncodingError {
  static func refused(
    _ value: Any, _ codingPath: [any CodingKey], _ reason: String
  ) -> EncodingError {
    .invalidValue(value, Context(codingPath: codingPath, debugDescription: reason))
  }
}
