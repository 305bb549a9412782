// Any bytes as text, and back: `\xff` stands for a byte that is not UTF-8.
//
// A text without such a byte stays as it is, also with backslashes in it (`\_SB_.PCI0` of ACPI). Only a
// backslash behind which stands what would read as an escape, `x` and two hexadecimal digits in lower case,
// is written `\x5c`. So different bytes have different texts, and each text leads back to its bytes.

extension ByteString {
  /// The bytes as text.
  package var escaped: String {
    if !contains(Self.backslash), let text = String(validating: bytes, as: UTF8.self) {
      return text
    }
    var result = ""
    var place = 0
    var parser = UTF8.ForwardParser()
    var input = bytes.makeIterator()
    while true {
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        if Self.escape(in: bytes, at: place) != nil {
          result += Self.escape(of: Self.backslash)
        } else {
          result.unicodeScalars.append(UTF8.decode(encoded))
        }
        place += encoded.count
      case .error(let length):
        for byte in bytes[place..<place + length] { result += Self.escape(of: byte) }
        place += length
      case .emptyInput: return result
      }
    }
  }

  /// The bytes that have this text. Of a text that no bytes have, those that it reads as.
  package init(escaped text: some StringProtocol) {
    let plain = ByteString(text)
    guard plain.contains(Self.backslash) else {
      self = plain
      return
    }
    let text = plain.bytes
    var bytes: [UInt8] = []
    var place = 0
    while place < text.count {
      if let byte = Self.escape(in: text, at: place) {
        bytes.append(byte)
        place += 4
      } else {
        bytes.append(text[place])
        place += 1
      }
    }
    self.init(bytes)
  }

  private static let backslash = UInt8(ascii: "\\")

  private static func escape(of byte: UInt8) -> String {
    (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
  }

  /// The byte for which an escape at a place stands; nil if there is none.
  private static func escape(in text: [UInt8], at place: Int) -> UInt8? {
    guard text[place] == backslash, place + 3 < text.count, text[place + 1] == UInt8(ascii: "x")
    else { return nil }
    let digits = text[place + 2...place + 3]
    guard !digits.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) })
    else { return nil }
    return digits.number(radix: 16)
  }
}
