// Bytes as text and back, and what two different strings of bytes must never be: equal.
import Generators
import Testing

@testable import OctopusSystem

@Suite struct ByteStringTests {
  @Test(arguments: [
    ("plain", "plain"), ("é", "é"), ("e\u{301}", "e\u{301}"), ("\\_SB_.PCI0", "\\_SB_.PCI0"),
    ("a\\xfg", "a\\xfg"), ("\\xFF", "\\xFF"), ("\\xff", "\\x5cxff"), ("\\\\x41", "\\\\x5cx41"),
  ])
  func validTextIsUnchangedUnlessItReadsAsAnEscape(text: String, escaped: String) {
    let bytes = ByteString(text)
    #expect(bytes.escaped.utf8.elementsEqual(escaped.utf8))
    #expect(ByteString(escaped: bytes.escaped) == bytes)
  }

  @Test func bytesThatAreNotUTF8AreEscaped() {
    #expect(ByteString([0x61, 0xff, 0x62, 0xc3]).escaped == "a\\xffb\\xc3")
    #expect(ByteString([0xed, 0xa0, 0x80]).escaped == "\\xed\\xa0\\x80")
    #expect(ByteString([0xff, 0xcc, 0x81]).escaped.utf8.elementsEqual("\\xff\u{301}".utf8))
  }

  /// Bytes of which escapes, accents, cut characters and line ends are made.
  @Test func everyStringOfBytesHasATextOfItsOwn() {
    var random = Random()
    print("seed \(random.seed)")
    let letters: [UInt8] = Array("\\x5cf0\r\n=".utf8) + [0xcc, 0x81, 0xc3, 0xa9, 0xff, 0xf0, 0x80]
    var seen: [[UInt8]: ByteString] = [:]
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...9, using: &random)
      let bytes = ByteString((0..<count).map { _ in letters.randomElement(using: &random)! })
      let text = bytes.escaped
      #expect(ByteString(escaped: text) == bytes, "\(bytes.bytes)")
      #expect(seen.updateValue(bytes, forKey: Array(text.utf8)) ?? bytes == bytes)
    }
  }

  @Test func textsThatPrintTheSameAreNotEqual() {
    #expect("é" == "e\u{301}")
    #expect(ByteString("é") != ByteString("e\u{301}"))
    #expect(Set([ByteString("é"), ByteString("e\u{301}")]).count == 2)
  }

  @Test(
    arguments: [
      ("0", 0), ("255", 255), ("256", nil), ("-1", nil), ("+1", nil), ("", nil), ("1 ", nil),
      ("1a", nil), ("99999999999999999999999", nil), ("007", 7),
    ] as [(String, UInt8?)])
  func unsignedNumbersHaveDigitsAlone(text: String, number: UInt8?) {
    #expect(Array(text.utf8).number(UInt8.self) == number)
  }

  @Test func theLimitsOfNumbersAreRead() {
    #expect("-9223372036854775808".utf8.number(Int64.self) == .min)
    #expect("9223372036854775807".utf8.number(Int64.self) == .max)
    for text in ["9223372036854775808", "-9223372036854775809", "-", "--1", "-0x1"] {
      #expect(text.utf8.number(Int64.self) == nil, "\(text)")
    }
    #expect("fFfF".utf8.number(UInt16.self, radix: 16) == 0xffff)
    for text in ["10000", "-1", "g"] { #expect(text.utf8.number(UInt16.self, radix: 16) == nil) }
  }
}
