// Every way to be wrong, what is said about it, and the byte at which it is said.

import Testing

@testable import OctopusRecords

@Suite struct SyntaxErrorTests {
  struct Case: CustomTestStringConvertible {
    var text: String
    var offset: Int
    var message: String
    var reason = SyntaxError.Reason.malformed

    var testDescription: String { text }

    init(
      _ text: String, _ offset: Int, _ message: String,
      _ reason: SyntaxError.Reason = .malformed
    ) {
      (self.text, self.offset, self.message, self.reason) = (text, offset, message, reason)
    }
  }

  @Test(arguments: [
    // Names.
    Case("", 0, "expected a name, found the end"),
    Case("  ", 2, "expected a name, found the end"),
    Case("{ a: 1 }", 0, "expected a name, found '{'"),
    Case("1a", 0, "expected a name, found '1'"),
    Case("-a", 0, "expected a name, found '-'"),
    Case("é", 0, "expected a name, found byte 0xc3"),
    Case("_x {}", 0, "a name cannot begin with '_'"),
    Case("__", 0, "a name cannot begin with '_'"),
    Case("''", 0, "an empty name"),
    Case("'' {}", 0, "an empty name"),
    Case("aé", 1, "expected '{' or the end, found byte 0xc3"),
    Case("a b", 2, "expected '{' or the end, found 'b'"),
    Case("r 'x'", 2, "expected '{' or the end, found '''"),
    // Bodies.
    Case("a {} b", 5, "expected '{' or the end, found 'b'"),
    Case("a {}{}", 4, "expected '{' or the end, found '{'"),
    Case("a {", 3, "expected an attribute's name, found the end"),
    Case("a { ,", 4, "expected an attribute's name, found ','"),
    Case("a { b: 1", 8, "expected ',' or '}', found the end"),
    Case("a { b: 1,", 9, "expected an attribute's name, found the end"),
    Case("a { b: 1, }", 10, "expected an attribute's name, found '}'"),
    Case("a { b: 1 c: 2 }", 9, "expected ',' or '}', found 'c'"),
    Case(
      "a { _b: 1 }", 4,
      "expected an attribute's name, in quotes if it is not an identifier, found '_'"),
    Case(
      "a { 1: 1 }", 4,
      "expected an attribute's name, in quotes if it is not an identifier, found '1'"),
    Case(
      "a { é: 1 }", 4,
      "expected an attribute's name, in quotes if it is not an identifier, found byte 0xc3"),
    Case("a { '': 1 }", 4, "an empty name"),
    Case("a { 'b }", 4, "string that does not end"),
    Case("a { 'b\\q': 1 }", 6, "unknown escape '\\q'"),
    Case("a { 'b' }", 8, "expected ':' or a comparison, found '}'"),
    Case(
      "a { 'b'c: 1 }", 7,
      "expected ':' or a comparison behind an attribute's name that is not quoted, found 'c'"),
    Case(
      "a { b@: 1 }", 5,
      "expected ':' or a comparison behind an attribute's name that is not quoted, found '@'"),
    Case(
      "a { app/name: 1 }", 7,
      "expected ':' or a comparison behind an attribute's name that is not quoted, found '/'"),
    Case("a { b }", 6, "expected ':' or a comparison, found '}'"),
    Case("a { b = 1 }", 6, "expected ':' or a comparison, found '='"),
    Case("a { b ! 1 }", 6, "expected ':' or a comparison, found '!'"),
    Case("a { b: }", 7, "expected a value, found '}'"),
    Case("a { b:", 6, "expected a value, found the end"),
    Case("a { b =", 6, "expected ':' or a comparison, found '='"),
    Case("a { b == }", 9, "expected a value, found '}'"),
    Case("a { b: _x }", 7, "a name cannot begin with '_'"),
    Case("a { b == _ }", 9, "'_' can only follow ':'"),
    Case("a { b != r'x' }", 9, "a regular expression can only follow ':'"),
    // Numbers.
    Case("a { b: 1. }", 7, "a fraction without digits"),
    Case("a { b: . }", 7, "a fraction without digits"),
    Case("a { b: - }", 7, "a number without digits"),
    Case("a { b: 0x }", 7, "a number without digits"),
    Case("a { b: 1e }", 7, "an exponent without digits"),
    Case("a { b: 1e+ }", 7, "an exponent without digits"),
    Case("a { b: -x }", 7, "-x is neither a number nor a symbol; write '-x' if it is text"),
    Case("a { b: 1a }", 7, "1a is neither a number nor a symbol; write '1a' if it is text"),
    Case(
      "a { b: 1.2.3 }", 7, "1.2.3 is neither a number nor a symbol; write '1.2.3' if it is text"),
    Case(
      "a { b: 9223372036854775808 }", 7,
      "an integer that does not fit into 64 bits; quote it if it is text"),
    Case(
      "a { b: -9223372036854775809 }", 7,
      "an integer that does not fit into 64 bits; quote it if it is text"),
    Case(
      "a { b: 0x8000000000000000 }", 7,
      "an integer that does not fit into 64 bits; quote it if it is text"),
    Case(
      "a { b: -0x8000000000000001 }", 7,
      "an integer that does not fit into 64 bits; quote it if it is text"),
    Case(
      "a { b: 99999999999999999999 }", 7,
      "an integer that does not fit into 64 bits; quote it if it is text"),
    Case(
      "a { b: 0x11111111111111111 }", 7,
      "an integer that does not fit into 64 bits; quote it if it is text"),
    Case("a { b: 1e400 }", 7, "a float that does not fit into 64 bits; quote it if it is text"),
    Case(
      "a { b: -1e99999999999999999999 }", 7,
      "a float that does not fit into 64 bits; quote it if it is text"),
    Case("a { b: 1.8e308 }", 7, "a float that does not fit into 64 bits; quote it if it is text"),
    // Strings.
    Case("a { b: 'x }", 7, "string that does not end"),
    Case("'x", 0, "string that does not end"),
    Case("a { b: 'x\\' }", 7, "string that does not end"),
    Case("a { b: 'x\\", 9, "escape that does not end"),
    Case("a { b: 'x\\q' }", 9, "unknown escape '\\q'"),
    Case("a { b: '\\é' }", 8, "unknown escape byte 0xc3"),
    Case("a { b: 'x\ny' }", 9, "raw control character byte 0xa; write it as an escape"),
    Case("a { b: '\u{7f}' }", 8, "raw control character byte 0x7f; write it as an escape"),
    Case("a { b: '\0' }", 8, "raw control character byte 0x0; write it as an escape"),
    Case("a { b: '\\u41' }", 10, "expected '{', found '4'"),
    Case("a { b: '\\u", 10, "expected '{', found the end"),
    Case("a { b: '\\u{}' }", 8, "'\\u{…}' takes one to six hexadecimal digits of a character"),
    Case(
      "a { b: '\\u{110000}' }", 8, "'\\u{…}' takes one to six hexadecimal digits of a character"),
    Case("a { b: '\\u{d800}' }", 8, "'\\u{…}' takes one to six hexadecimal digits of a character"),
    Case(
      "a { b: '\\u{0000041}' }", 8, "'\\u{…}' takes one to six hexadecimal digits of a character"),
    Case("a { b: '\\u{41' }", 8, "'\\u{…}' takes one to six hexadecimal digits of a character"),
    // Patterns.
    Case("r'x", 0, "regular expression that does not end"),
    Case("r'x\\'", 0, "regular expression that does not end"),
    Case("r'x\\", 0, "regular expression that does not end"),
    Case("r'a\tb'", 3, "raw control character byte 0x9; write it as an escape"),
    Case("r'a\\\nb'", 4, "raw control character byte 0xa; write it as an escape"),
    Case("r'('", 0, "bad regular expression: missing ): (", .pattern),
    Case(
      "a { b: r'[z-a]' }", 7, "bad regular expression: invalid character class range: z-a", .pattern
    ),
    Case("r'\\1'", 0, "bad regular expression: invalid escape sequence: \\1", .pattern),
  ])
  func queries(_ wrong: Case) {
    expect(wrong) { try Query(parsing: wrong.text) }
  }

  @Test(arguments: [
    Case("_ {}", 0, "a name is needed here, not a pattern", .needsName),
    Case(" r'x' {}", 1, "a name is needed here, not a pattern", .needsName),
    Case("a { b: 1, b: 2 }", 10, "a second value for 'b'"),
    Case("a { b: 1, c: 2, b: 1 }", 16, "a second value for 'b'"),
    Case("a { b: 1, 'b': 2 }", 10, "a second value for 'b'"),
    Case("a { '\\n': 1, '\\u{a}': 2 }", 13, "a second value for '\\n'"),
    Case("a { b == 1 }", 4, "a condition, where a record is needed"),
    Case("a { c: 1, b < 1 }", 10, "a condition, where a record is needed"),
    Case("a { b: _ }", 4, "a condition, where a record is needed"),
    Case("a { b: r'x' }", 4, "a condition, where a record is needed"),
  ])
  func records(_ wrong: Case) {
    expect(wrong) { try Record(parsing: wrong.text) }
  }

  @Test(arguments: [
    Case("_ { a: 1 }", 0, "a name is needed here, not a pattern", .needsName),
    Case("a { b: 1, b == 3, b: 2 }", 18, "a second value for 'b'"),
  ])
  func writes(_ wrong: Case) {
    expect(wrong) { try Write(parsing: wrong.text) }
  }

  private func expect<T>(_ wrong: Case, _ body: () throws -> T) {
    let error = #expect(throws: SyntaxError.self) { try body() }
    #expect(error?.message == wrong.message)
    #expect(error?.offset == wrong.offset)
    #expect(error?.reason == wrong.reason)
    #expect(error?.isInBody == false)
  }

  @Test(arguments: [
    // The name, the body, where, and in which of the two.
    ("a", "{ b: }", 5, true, "expected a value, found '}' at byte 5 in the body"),
    ("a", "", 0, true, "expected '{', found the end at byte 0 in the body"),
    ("a", "b: 1", 0, true, "expected '{', found 'b' at byte 0 in the body"),
    ("a", "{} x", 3, true, "expected the end, found 'x' at byte 3 in the body"),
    ("object1 ", "{ b: 1, b: 2 }", 8, true, "a second value for 'b' at byte 8 in the body"),
    (
      "object1", "{ b > 2 }", 2, true, "a condition, where a record is needed at byte 2 in the body"
    ),
    ("object1", "{ b: 'x", 5, true, "string that does not end at byte 5 in the body"),
    ("object1", "{ b: 1. }", 5, true, "a fraction without digits at byte 5 in the body"),
    ("object1", "{ b: 'é\\q' }", 8, true, "unknown escape '\\q' at byte 8 in the body"),
    (
      "object1", "{ b: r'(' }", 5, true,
      "bad regular expression: missing ): ( at byte 5 in the body"
    ),
    (
      "a {}", "{}", 2, false,
      "expected the end of the name, since its body is the next argument, found '{' at byte 2"
    ),
    ("'a", "' {}", 0, false, "string that does not end at byte 0"),
    ("", "{}", 0, false, "expected a name, found the end at byte 0"),
    ("_", "{}", 0, false, "a name is needed here, not a pattern at byte 0"),
  ])
  func bodiesApart(name: String, body: String, offset: Int, isInBody: Bool, text: String) {
    let error = #expect(throws: SyntaxError.self) { try parse(name, body: body, as: Record.self) }
    #expect(error?.offset == offset)
    #expect(error?.isInBody == isInBody)
    #expect(error?.description == text)
  }

  @Test(
    arguments: [
      ([0x61, 0x20, 0x7b, 0x62, 0x3a, 0x27, 0xff, 0x27, 0x7d], 6),  // a {b:'\xff'}
      ([0x27, 0x61, 0xc3, 0x27], 2),  // 'a\xc3'
      ([0x27, 0xc3, 0x5c, 0x6e, 0xa9, 0x27], 1),  // An escape inside a letter.
      ([0x27, 0xc3, 0xa9, 0x5c, 0x6e, 0xed, 0xa0, 0x80, 0x27], 5),  // A surrogate after an escape.
      ([0x72, 0x27, 0xe2, 0x82, 0x27], 2),  // r'\xe2\x82'
      ([0x27, 0xc0, 0x80, 0x27], 1),  // An overlong NUL.
    ] as [([UInt8], Int)])
  func invalidUTF8(text: [UInt8], offset: Int) {
    let error = #expect(throws: SyntaxError.self) { try parse(text, as: Query.self) }
    #expect(error == SyntaxError("invalid UTF-8", at: offset))
  }

  @Test(arguments: [
    ("pci { bus: }", 11, "pci { bus: }\n           ^"),
    ("a {\n\tb: }\n", 8, "\tb: }\n\t   ^"),
    ("'é' { a: }", 10, "'é' { a: }\n         ^"),
    ("", 0, "\n^"), ("a", 9, "a\n ^"), ("a\n", 2, "\n^"),
  ])
  func carets(text: String, offset: Int, shown: String) {
    #expect(SyntaxError("", at: offset).caret(in: text) == shown)
  }

  @Test func attributesGivenInCodeAreChecked() {
    #expect(throws: SyntaxError("an empty name", at: 0)) { try Record(name: "") }
    #expect(throws: SyntaxError("an empty name", at: 0)) {
      try Record(name: "a", attributes: ["": 1])
    }
    #expect(throws: SyntaxError("a second value for 'b'", at: 0)) {
      try Record(name: "a", attributes: ["b": 1, "a": 2, "b": 1])
    }
    #expect(throws: SyntaxError("'b' is nan, which no record can hold", at: 0)) {
      try Record(name: "a", attributes: ["b": .float(.nan)])
    }
    #expect(throws: SyntaxError("'b' is -inf, which no record can hold", at: 0)) {
      try Record(name: "a", attributes: ["b": .float(-.infinity)])
    }
  }
}
