// Redis's quoting rules, as a table.

import NaiveRESP
import RESP
import TestSupport
import Testing

@Suite struct InlineRequestTests {
  static let good: [(String, [[UInt8]])] = [
    (#"a b"#, ["a", "b"].map { Array($0.utf8) }),
    ("a\tb\u{b}c\u{c}d", ["a", "b", "c", "d"].map { Array($0.utf8) }),
    (#""a b""#, [Array("a b".utf8)]),
    (#"'a b'"#, [Array("a b".utf8)]),
    (#""" ''"#, [[], []]),
    (#"a"b"# + "\"", [Array("ab".utf8)]),
    (#"a'b c' d"#, ["ab c", "d"].map { Array($0.utf8) }),
    (#""\n\r\t\b\a""#, [[10, 13, 9, 8, 7]]),
    (#""\x00\xfF\x41""#, [[0, 255, 65]]),
    (#""\x4""#, [Array("x4".utf8)]),
    (#""\xg1\x""#, [Array("xg1x".utf8)]),
    (#""\"\\\q\'""#, [Array(#""\q'"#.utf8)]),
    (#"'it\'s' '\n\\ '"#, [Array("it's".utf8), Array(#"\n\\ "#.utf8)]),
    (#"'"' "'""#, [Array("\"".utf8), Array("'".utf8)]),
    (#"a\nb \x41"#, [Array(#"a\nb"#.utf8), Array(#"\x41"#.utf8)]),
    (
      #"SET "object1" "{ name: 'x' }""#, ["SET", "object1", "{ name: 'x' }"].map { Array($0.utf8) }
    ),
    ("é \0", [Array("é".utf8), [0]]),
  ]

  @Test(arguments: good)
  func lineIsSplitIntoWords(line: String, expected: [[UInt8]]) {
    for end in ["\n", "\r\n"] {
      #expect(decodeRequests([Array((line + end).utf8)]) == Outcome(frames: [expected]))
    }
    #expect(NaiveRequests.words(Array(line.utf8)) == (expected, true))
  }

  @Test(arguments: [
    #"""#, #"'"#, #"a "b"#, #"a 'b"#, #""a"b"#, #"'a'b"#, #""a""b""#, #"'a''b'"#, #""a\""#,
    #"'a\'"#,
    #""\"#, #"'\"#, #""a'"#,
  ])
  func unbalancedQuotesAreRefused(line: String) {
    #expect(decodeRequests([Array((line + "\n").utf8)]).error == .unbalancedQuotes)
    #expect(!NaiveRequests.words(Array(line.utf8)).isBalanced)
  }

  @Test func agreesWithItsTwin() {
    var random = Random.logged()
    let alphabet = Array("ab x4\"'\\n\t".utf8)
    for _ in 0..<5_000 {
      let line = random.bytes(random.below(12), from: alphabet)
      let (words, isBalanced) = NaiveRequests.words(line)
      let expected =
        isBalanced
        ? Outcome(frames: words.isEmpty ? [] : [words]) : Outcome(error: .unbalancedQuotes)
      #expect(decodeRequests([line + [10]]) == expected, "\(String(decoding: line, as: UTF8.self))")
    }
  }
}
