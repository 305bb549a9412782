// Any bytes as text, and back: a byte that is not UTF-8 is escaped as `\xff`.
//
// UTF-8 stays as it is, even with backslashes in it (`\_SB_.PCI0` of ACPI). Only a backslash that
// would begin an escape, because `x` and two lower-case hexadecimal digits follow, is written
// `\x5c`. So different bytes have different texts, and each text leads back to its bytes.

extension ByteString {
  /// The bytes as text.
  package var escaped: String {
    if !contains(Self.backslash), let text = String(validating: bytes, as: UTF8.self) {
      return text
    }
    var result = ""
    var index = 0
    var parser = UTF8.ForwardParser()
    var input = bytes.makeIterator()
    while true {
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        if Self.escape(in: bytes, at: index) != nil {
          result += Self.escape(of: Self.backslash)
        } else {
          result.unicodeScalars.append(UTF8.decode(encoded))
        }
        index += encoded.count
      case .error(let length):
        for byte in bytes[index..<index + length] { result += Self.escape(of: byte) }
        index += length
      case .emptyInput: return result
      }
    }
  }

  /// The bytes that an escaped text stands for. Any text is accepted.
  package init(escaped text: some StringProtocol) {
    let plain = ByteString(text)
    guard plain.contains(Self.backslash) else {
      self = plain
      return
    }
    let text = plain.bytes
    var bytes: [UInt8] = []
    var index = 0
    while index < text.count {
      if let byte = Self.escape(in: text, at: index) {
        bytes.append(byte)
        index += 4
      } else {
        bytes.append(text[index])
        index += 1
      }
    }
    self.init(bytes)
  }

  private static let backslash = UInt8(ascii: "\\")

  private static func escape(of byte: UInt8) -> String {
    (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
  }

  /// The byte that an escape at an index stands for; nil if there is no escape.
  private static func escape(in text: [UInt8], at index: Int) -> UInt8? {
    guard text[index] == backslash, index + 3 < text.count, text[index + 1] == UInt8(ascii: "x")
    else { return nil }
    let digits = text[index + 2...index + 3]
    guard !digits.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) })
    else { return nil }
    return digits.number(radix: 16)
  }
}
