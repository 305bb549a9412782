// What the binary protocols are made of.

extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}

extension Sequence<UInt8> {
  /// The number that these bytes are, the most significant first.
  var number: Int { reduce(0) { $0 << 8 | Int($1) } }
}
