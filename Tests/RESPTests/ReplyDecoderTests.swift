// Replies: every kind of both versions, cut anywhere, and every way to get them wrong.

import NaiveRESP
import RESP
import Testing

@Suite struct ReplyDecoderTests {
  static let corpus: [(String, [RESPValue])] = [
    ("+OK\r\n", [.simpleString("OK")]),
    ("+\r\n-\r\n", [.simpleString(""), .error("")]),
    ("-SYNTAX expected '}'\r\n", [.error("SYNTAX expected '}'")]),
    (":0\r\n:-1\r\n:+7\r\n", [.integer(0), .integer(-1), .integer(7)]),
    (":9223372036854775807\r\n:-9223372036854775808\r\n", [.integer(.max), .integer(.min)]),
    ("$0\r\n\r\n$5\r\na\r\nb\n\r\n", [.bulk(""), .bulk("a\r\nb\n")]),
    ("$-1\r\n*-1\r\n_\r\n", [.null, .null, .null]),
    (
      "*0\r\n*2\r\n*1\r\n:1\r\n$1\r\na\r\n",
      [.array([]), .array([.array([.integer(1)]), .bulk("a")])]
    ),
    (
      "%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n",
      [
        .map([
          .init(key: .simpleString("a"), value: .integer(1)),
          .init(key: .simpleString("b"), value: .map([])),
        ])
      ]
    ),
    (
      "~2\r\n:1\r\n:1\r\n>2\r\n+x\r\n_\r\n",
      [.set([.integer(1), .integer(1)]), .push([.simpleString("x"), .null])]
    ),
    (
      ",1.5\r\n,-2\r\n,1e16\r\n,1.E-3\r\n,inf\r\n,-inf\r\n",
      [
        .double(1.5), .double(-2), .double(1e16), .double(0.001), .double(.infinity),
        .double(-.infinity),
      ]
    ),
    ("#t\r\n#f\r\n", [.boolean(true), .boolean(false)]),
    (
      "(-123456789012345678901234567890\r\n(+1\r\n",
      [.bigNumber(Array("-123456789012345678901234567890".utf8)), .bigNumber(Array("+1".utf8))]
    ),
    (
      "=8\r\ntxt:some\r\n=4\r\nmkd:\r\n",
      [.verbatim(Array("some".utf8), format: .text), .verbatim([], format: .markdown)]
    ),
    ("!8\r\nERR a\r\nb\r\n", [.blobError(Array("ERR a\r\nb".utf8))]),
    ("|1\r\n+ttl\r\n:3\r\n+OK\r\n", [.simpleString("OK")]),
    (
      "*2\r\n|1\r\n+a\r\n*1\r\n|0\r\n:1\r\n:2\r\n|0\r\n:3\r\n",
      [.array([.integer(2), .integer(3)])]
    ),
    ("", []),
  ]

  @Test(arguments: corpus)
  func inputCutAnywhereDecodesTheSame(wire: String, replies: [RESPValue]) {
    let bytes = Array(wire.utf8)
    #expect(NaiveReplies.decode(bytes, limits: ReplyLimits()) == Outcome(frames: replies))
    for pieces in everySplit(of: bytes) {
      #expect(decodeReplies(pieces) == Outcome(frames: replies))
    }
  }

  @Test(arguments: [",nan\r\n", ",-nan\r\n"])
  func lengthThatIsNoNumberIsRefused(wire: String) {
    #expect(decodeReplies([Array(wire.utf8)]).frames.first?.double?.isNaN == true)
  }

  static let invalid = [
    "\r\n", "\n", "x\r\n", "OK\r\n", "+a\n", "+a\rb\r\n", "-a\rb\r\n", ":\r\n", ":x\r\n",
    ":1.0\r\n",
    ":+-1\r\n", ":+\r\n", ":9223372036854775808\r\n", ":-9223372036854775809\r\n", ":00\r\n",
    ": 1\r\n",
    "$\r\n", "$-2\r\n", "$?\r\n", "$1\n", "!-1\r\n", "=-1\r\n", "=3\r\ntxt\r\n", "=5\r\ntxt.a\r\n",
    "*\r\n", "*-2\r\n", "*?\r\n", "%-1\r\n", "~-1\r\n", ">-1\r\n", "|-1\r\n", "_x\r\n", "#\r\n",
    "#x\r\n",
    "#true\r\n", ",\r\n", ",x\r\n", ",0x1p3\r\n", ",infinity\r\n", ",1e\r\n", ",--1\r\n", ",.\r\n",
    ",1 \r\n",
    "(\r\n", "(-\r\n", "(1.0\r\n", "*1\r\nx\r\n", "|1\r\n+a\r\n?\r\n",
  ]

  @Test(arguments: invalid)
  func invalidReplyIsRefused(wire: String) {
    let bytes = Array(wire.utf8)
    let good = Array("+OK\r\n".utf8)
    for pieces in everySplit(of: good + bytes) {
      let expected = Outcome(frames: [RESPValue.simpleString("OK")], error: .invalidReply)
      #expect(decodeReplies(pieces) == expected)
    }
    #expect(NaiveReplies.decode(bytes, limits: ReplyLimits()).error == .invalidReply)
  }

  @Test func limits() {
    let limits = ReplyLimits(depth: 2, values: 4, bulkBytes: 5, lineBytes: 10, replyBytes: 12)
    func error(_ wire: String) -> ProtocolError? {
      decodeReplies([Array(wire.utf8)], limits: limits).error
    }
    #expect(error("*1\r\n*1\r\n:1\r\n") == nil)
    #expect(error("*1\r\n*1\r\n*0\r\n") == .tooDeepReply)
    #expect(error("|1\r\n|1\r\n|1\r\n") == .tooDeepReply)
    #expect(error("*4\r\n") == nil)
    #expect(error("*5\r\n") == .tooBigReply)
    #expect(error("%2\r\n") == nil)
    #expect(error("%3\r\n") == .tooBigReply)
    #expect(error("*2\r\n*2\r\n") == nil)
    #expect(error("*2\r\n*3\r\n") == .tooBigReply)
    #expect(error("*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n") == nil)
    #expect(error("$5\r\n12345\r\n") == nil)
    #expect(error("$6\r\n") == .tooBigReply)
    #expect(error("+1234567\r\n") == nil)
    #expect(error("+12345678\r\n") == .tooBigReply)
    #expect(error("+123456789") == .tooBigReply)
    #expect(error("*3\r\n$5\r\n12345\r\n$5\r\n12345\r\n+ab\r\n") == nil)
    #expect(error("*3\r\n$5\r\n12345\r\n$5\r\n12345\r\n+abc\r\n") == .tooBigReply)
    #expect(error("*9223372036854775807\r\n") == .tooBigReply)
    #expect(error("%9223372036854775807\r\n") == .tooBigReply)
    #expect(error("$9223372036854775807\r\n") == .tooBigReply)
  }

  @Test func decoderStaysFailedAfterAnError() {
    let outcome = decodeReplies([Array("*2\r\n+a\r\n$1\r\nxyz+OK\r\n".utf8)])
    #expect(outcome.error == .missingTerminator)
    var decoder = ReplyDecoder()
    for wire in ["x\r\n", "+OK\r\n"] {
      Array(wire.utf8).withUnsafeBytes { raw in
        var input = raw
        #expect(throws: ProtocolError.invalidReply) { try decoder.next(&input) }
      }
    }
  }

  @Test func isInsideReplyTellsAPartialReply() {
    let wire = Array("*2\r\n$1\r\na\r\n%1\r\n+k\r\n:1\r\n".utf8)
    for end in 1..<wire.count {
      #expect(decodeReplies([Array(wire[..<end])]) == Outcome(isInsideFrame: true))
    }
  }
}
