// Big-endian numbers, as the binary protocols have them.

extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}

extension Sequence<UInt8> {
  /// The big-endian number in these bytes.
  var number: Int { reduce(0) { $0 << 8 | Int($1) } }
}
