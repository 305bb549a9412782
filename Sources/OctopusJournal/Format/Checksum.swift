import CPlatform

/// The CRC-32C of bytes: it changes if any three bits of an entry change, or any 32 bits in a row.
enum Checksum {
  /// - Parameter start: the checksum of what comes before the bytes.
  static func of(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
    platform_crc32c(start, bytes.baseAddress, bytes.count)
  }

  static func of(_ text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { of(UnsafeRawBufferPointer($0)) }
  }
}
