// Requests: what they are, cut anywhere, and every way to get them wrong.

import NaiveRESP
import RESP
import Testing

@Suite struct RequestDecoderTests {
  static let corpus: [(String, [[String]])] = [
    ("*1\r\n$4\r\nPING\r\n", [["PING"]]),
    ("*2\r\n$3\r\nGET\r\n$7\r\nobject1\r\n*1\r\n$4\r\nPING\r\n", [["GET", "object1"], ["PING"]]),
    (
      "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$12\r\na\r\n*1\r\n$1\r\nb\r\n",
      [["SET", "", "a\r\n*1\r\n$1\r\nb"]]
    ),
    ("*0\r\n*-1\r\n\r\n\n  \t\r\n*1\r\n$2\r\nhi\r\n", [["hi"]]),
    (
      "PING\r\nGET  object1 \n*1\r\n$1\r\n\n\r\nQUIT\r\n",
      [["PING"], ["GET", "object1"], ["\n"], ["QUIT"]]
    ),
    (#"SET "a b" 'c d'"# + "\r\n", [["SET", "a b", "c d"]]),
    (
      "*2\r\n$4\r\nECHO\r\n$26\r\nabcdefghijklmnopqrstuvwxyz\r\n",
      [["ECHO", "abcdefghijklmnopqrstuvwxyz"]]
    ),
    ("", []),
  ]

  @Test(arguments: corpus)
  func inputCutAnywhereDecodesTheSame(wire: String, requests: [[String]]) {
    let expected = Outcome(frames: requests.map { $0.map { Array($0.utf8) } })
    for pieces in everySplit(of: Array(wire.utf8)) {
      #expect(decodeRequests(pieces) == expected)
    }
  }

  @Test func peekFindsTheNextRequests() {
    let wire = Array(
      "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$2\r\n{}\r\n"
        .utf8)
    let requests = [["GET", "a"], ["PING"], ["SET", "b"]].map { $0.map { Array($0.utf8) } }
    #expect(peekedRequests(wire) == requests)
    #expect(peekedRequests(wire, most: 2) == Array(requests.prefix(2)))
    for end in wire.indices {
      let whole = end < 20 ? 0 : end < 34 ? 1 : 2
      #expect(peekedRequests(Array(wire[..<end])) == Array(requests.prefix(whole)))
    }
    for other in [
      "", "GET a\r\n", "*0\r\n", "*-1\r\n", "*1\r\n$99999999\r\n", "*9999999\r\n$0\r\n\r\n",
    ] {
      #expect(peekedRequests(Array(other.utf8)) == [])
    }
  }

  static let errors: [(String, ProtocolError, String)] = [
    ("*\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*x\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*-2\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*-0\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*01\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*+1\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*1\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*1 \r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*1000000000\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*9223372036854775807\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*9223372036854775808\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*18446744073709551617\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    ("*-9223372036854775809\r\n", .invalidMultibulkLength, "invalid multibulk length"),
    (
      "*11111111111111111111111111111111111111", .invalidMultibulkLength, "invalid multibulk length"
    ),
    ("*1\r\n$-1\r\n", .invalidBulkLength, "invalid bulk length"),
    ("*1\r\n$\r\n", .invalidBulkLength, "invalid bulk length"),
    ("*1\r\n$x\r\n", .invalidBulkLength, "invalid bulk length"),
    ("*1\r\n$9223372036854775807\r\n", .invalidBulkLength, "invalid bulk length"),
    ("*1\r\n$536870913\r\n", .invalidBulkLength, "invalid bulk length"),
    ("*1\r\n$00000000000000000000000000000000001", .invalidBulkLength, "invalid bulk length"),
    ("*1\r\nx", .expectedBulk(found: UInt8(ascii: "x")), "expected '$', got 'x'"),
    ("*1\r\n:1\r\n", .expectedBulk(found: UInt8(ascii: ":")), "expected '$', got ':'"),
    ("*1\r\n\r\n", .expectedBulk(found: 13), "expected '$', got '\\x0d'"),
    ("*1\r\n$1\r\nabc", .missingTerminator, "expected CRLF after bulk"),
    ("*1\r\n$1\r\na\rc", .missingTerminator, "expected CRLF after bulk"),
    ("GET \"a\r\n", .unbalancedQuotes, "unbalanced quotes in request"),
    (String(repeating: "x", count: 1 << 16), .tooBigInlineRequest, "too big inline request"),
  ]

  @Test(arguments: errors)
  func error(wire: String, error: ProtocolError, message: String) {
    let bytes = Array(wire.utf8)
    let good = Array("*1\r\n$4\r\nPING\r\n".utf8)
    let splits = bytes.count < 100 ? everySplit(of: good + bytes) : [[good + bytes]]
    for pieces in splits {
      #expect(decodeRequests(pieces) == Outcome(frames: [[Array("PING".utf8)]], error: error))
    }
    #expect(error.message == "Protocol error: " + message)
  }

  @Test func decoderStaysFailedAfterAnError() {
    var decoder = RequestDecoder()
    let wires = ["*1\r\n$1\r\nx", "y", "*1\r\n$4\r\nPING\r\n"]
    let errors = wires.map { wire in
      Array(wire.utf8).withUnsafeBytes { raw in
        var input = raw
        do throws(ProtocolError) {
          _ = try decoder.next(&input)
          return ProtocolError?.none
        } catch {
          return error
        }
      }
    }
    #expect(errors == [nil, .missingTerminator, .missingTerminator])
  }

  @Test func limits() {
    let limits = RequestLimits(arguments: 3, argumentBytes: 5, requestBytes: 10, inlineBytes: 20)
    func error(_ wire: String) -> ProtocolError? {
      decodeRequests([Array(wire.utf8)], limits: limits).error
    }
    #expect(error("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n") == nil)
    #expect(error("*4\r\n") == .invalidMultibulkLength)
    #expect(error("*1\r\n$5\r\n12345\r\n") == nil)
    #expect(error("*1\r\n$6\r\n") == .invalidBulkLength)
    #expect(error("*3\r\n$5\r\n12345\r\n$5\r\n12345\r\n$0\r\n\r\n") == nil)
    #expect(error("*3\r\n$5\r\n12345\r\n$5\r\n12345\r\n$1\r\n") == .tooBigRequest)
    #expect(error("a b c\r\n") == nil)
    #expect(error("a b c d\r\n") == .invalidMultibulkLength)
    #expect(error("12345\r\n") == nil)
    #expect(error("123456\r\n") == .invalidBulkLength)
    #expect(error("12345 12345\r\n") == nil)
    #expect(error("12345 12345 1\r\n") == .tooBigRequest)
    #expect(error("1234 1234 1       \r\n") == nil)
    #expect(error("1234 1234 1        \r\n") == .tooBigInlineRequest)
    #expect(error("1234 1234 1         ") == .tooBigInlineRequest)
  }

  @Test func newLimitsHoldFromTheNextRequest() throws {
    var decoder = RequestDecoder(limits: RequestLimits(arguments: 1))
    try Array("*1\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n$1\r\nc\r\n".utf8).withUnsafeBytes {
      (raw) throws in
      var input = raw
      #expect(try decoder.next(&input)?.count == 1)
      decoder.limits.arguments = 2
      #expect(try decoder.next(&input)?.count == 2)
      #expect(input.isEmpty)
    }
  }

  @Test func bytesAfterARequestAreLeft() throws {
    var decoder = RequestDecoder()
    try Array("*1\r\n$1\r\na\r\n*2\r\n$1\r\n".utf8).withUnsafeBytes { (raw) throws in
      var input = raw
      #expect(try decoder.next(&input) == Request([Array("a".utf8)]))
      #expect(input.count == 8)
      #expect(!decoder.isInsideRequest)
      #expect(try decoder.next(&input) == nil)
      #expect(input.isEmpty)
      #expect(decoder.isInsideRequest)
    }
  }

  @Test func keptRequestsStayTheSame() throws {
    var decoder = RequestDecoder()
    var encoder = RESPEncoder(version: .two)
    let expected = (0..<100).map { ["SET", "key\($0)", String(repeating: "v", count: $0 * 40)] }
    for request in expected { encoder.command(request) }
    var kept: [Request] = []
    try encoder.bytes.withUnsafeBytes { (raw) throws in
      var input = raw
      while let request = try decoder.next(&input) { kept.append(request) }
    }
    #expect(kept == expected.map { Request($0.map(\.utf8)) })
    #expect(kept[7].withBytes(of: 1) { Array($0) } == Array("key7".utf8))
    #expect(kept[0].withBytes(of: 2) { $0.count } == 0)
    #expect(kept[7].byteCount == 3 + 4 + 280)
  }
}
