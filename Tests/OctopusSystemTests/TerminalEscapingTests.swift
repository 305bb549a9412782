import OctopusRecords
import OctopusSystem
import Testing

/// What a terminal is sent.
@Suite struct EscapingTests {
  private static let active =
    (0..<0x20).map { $0 } + [0x7f] + (0x80..<0xa0).map { $0 }
    + [0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029] + (0x202a...0x202e).map { $0 }
    + (0x2060...0x2064).map { $0 } + (0x2066...0x206f).map { $0 } + [0xfeff, 0xe0001, 0xe0061]
  private static let shown = [
    0x20, 0x7e, 0xa0, 0xe9, 0x301, 0x200c, 0x200d, 0x2026, 0x5d0, 0x1f419, 0xfe0f, 0xe000,
  ]

  @Test func whatATerminalObeysIsEscaped() throws {
    for value in Self.active {
      let scalar = try #require(Unicode.Scalar(UInt32(value)))
      let text = "a\(scalar)b"
      let escaped = text.escaped(keepingLayout: false)
      #expect(!escaped.unicodeScalars.contains(scalar), "U+\(String(value, radix: 16))")
      #expect(jsonString(text).unicodeScalars.allSatisfy { $0.isASCII }, "\(value)")
      // The record language reads it back.
      #expect(try Record(parsing: "r { a: '\(escaped)' }")["a"]?.text == text)
    }
    for value in Self.shown {
      let text = "a\(try #require(Unicode.Scalar(UInt32(value))))b"
      #expect(text.escaped(keepingLayout: false) == text)
      #expect(jsonString(text) == "\"\(text)\"")
    }
  }

  @Test func anEscapedRecordIsReadBackAsTheSameRecord() throws {
    let all = String(
      String.UnicodeScalarView((Self.active + Self.shown).map { Unicode.Scalar(UInt32($0))! }))
    let record = try Record(name: all, attributes: ["a": .string(all + "'\\"), "b": .string("x")])
    let shown = record.description.escaped(keepingLayout: false)
    #expect(shown != record.description)
    #expect(try Record(parsing: shown) == record)
  }

  @Test func lineFeedsAndTabsStayOnlyInLayoutText() {
    #expect("a\tb\nc\r\n".escaped(keepingLayout: true) == "a\tb\nc\\r\n")
    #expect("a\tb\nc\r\n\0".escaped(keepingLayout: false) == #"a\tb\nc\r\n\0"#)
    #expect("\u{1b}[31m\u{9b}".escaped(keepingLayout: true) == #"\u{1b}[31m\u{9b}"#)
    #expect(jsonString("\u{e0001}\"\\\n") == #""\udb40\udc01\"\\\n""#)
  }

  @Test func onlyOwnSequencesPass() {
    let red = StyledText(sequence: "\u{1b}[31m")
    let text = red + StyledText(word: "\u{1b}[32m\n") + "\u{9b}a\n" + "b"
    #expect(text.escaped == "\u{1b}[31m\\u{1b}[32m\\n\\u{9b}a\nb")
    #expect(text.plain == "\u{1b}[31m\u{1b}[32m\n\u{9b}a\nb")
    #expect(text.lines.map(\.escaped) == ["\u{1b}[31m\\u{1b}[32m\\n\\u{9b}a", "b"])
    #expect(StyledText("a\r\n\nb\n").lines.map(\.plain) == ["a\r", "", "b"])
    #expect(StyledText().lines.isEmpty && StyledText("").isEmpty && !red.isEmpty)
  }
}
