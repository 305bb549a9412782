// Writing a value that is at hand as a whole.

extension RESPValue {
  /// The value on the wire. RESP2 has fewer kinds; the nearest stands for each that it lacks.
  package func encoded(version: RESPVersion) -> [UInt8] {
    var encoder = RESPEncoder(version: version)
    encode(into: &encoder)
    return encoder.bytes
  }

  package func encode(into encoder: inout RESPEncoder) {
    switch self {
    case .simpleString(let bytes): encoder.simple(bytes)
    case .error(let bytes): encoder.error(bytes)
    case .integer(let integer): encoder.integer(integer)
    case .bulk(let bytes): encoder.bulk(bytes)
    case .null: encoder.null()
    case .double(let double): encoder.double(double)
    case .boolean(let boolean): encoder.boolean(boolean)
    case .bigNumber(let digits): encoder.bigNumber(digits)
    case .verbatim(let bytes, let format): encoder.verbatim(bytes, format: format)
    case .blobError(let bytes): encoder.blobError(bytes)
    case .array(let values):
      encoder.arrayHeader(values.count)
      for value in values { value.encode(into: &encoder) }
    case .set(let values):
      encoder.setHeader(values.count)
      for value in values { value.encode(into: &encoder) }
    case .push(let values):
      encoder.pushHeader(values.count)
      for value in values { value.encode(into: &encoder) }
    case .map(let entries):
      encoder.mapHeader(entries.count)
      for entry in entries {
        entry.key.encode(into: &encoder)
        entry.value.encode(into: &encoder)
      }
    }
  }
}
