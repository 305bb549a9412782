// Peers that mean no good: nothing traps, and memory is what has arrived, not what was announced.

import NaiveRESP
import RESP
import TestSupport
import Testing

@Suite struct HostileInputTests {
  @Test(arguments: [
    "*1048576\r\n", "*1\r\n$536870912\r\n", "*1048576\r\n$536870912\r\nabc",
    "*3\r\n$1\r\na\r\n$99999\r\n",
  ])
  func announcedRequestLengthReservesNoMemory(wire: String) throws {
    var decoder = RequestDecoder()
    try Array(wire.utf8).withUnsafeBytes { (raw) throws in
      var input = raw
      #expect(try decoder.next(&input) == nil)
    }
    #expect(capacity(of: decoder) < 1_000)
  }

  @Test(arguments: [
    "*16777216\r\n", "%8388608\r\n:1\r\n", "$536870912\r\nabc", "!536870912\r\n",
    "~1000000\r\n>1000000\r\n*1000000\r\n",
  ])
  func announcedReplyLengthReservesNoMemory(wire: String) throws {
    var decoder = ReplyDecoder()
    try Array(wire.utf8).withUnsafeBytes { (raw) throws in
      var input = raw
      #expect(try decoder.next(&input) == nil)
    }
    #expect(capacity(of: decoder) < 1_000)
  }

  @Test func bufferOfALargeRequestIsReleased() throws {
    var decoder = RequestDecoder()
    var encoder = RESPEncoder(version: .two)
    encoder.command([[UInt8](repeating: 1, count: 1 << 20)])
    try encoder.bytes.withUnsafeBytes { (raw) throws in
      var input = raw
      #expect(try decoder.next(&input)?.byteCount == 1 << 20)
    }
    #expect(capacity(of: decoder) < 4_096)
  }

  @Test(arguments: ["*1\r\n", "%1\r\n", "~1\r\n", ">1\r\n", "|1\r\n"])
  func nestingPastTheLimitIsRefused(opening: String) {
    let wire = Array(String(repeating: opening, count: 100_000).utf8)
    #expect(decodeReplies([wire]).error == .tooDeepReply)
    let few = Array(String(repeating: opening, count: 32).utf8)
    #expect(decodeReplies([few]) == Outcome(isInsideFrame: true))
  }

  @Test func linesPastTheLimitAreRefused() {
    let endless = [[UInt8]](
      repeating: [UInt8](repeating: UInt8(ascii: "+"), count: 1_000), count: 100)
    #expect(decodeReplies(endless).error == .tooBigReply)
    #expect(decodeRequests(endless).error == .tooBigInlineRequest)
  }

  @Test func emptyLinesTakeNoMemory() {
    let wire = Array(String(repeating: "\r\n*0\r\n*-1\r\n", count: 10_000).utf8)
    #expect(decodeRequests([wire]) == Outcome())
  }

  @Test func noise() {
    var random = Random.logged()
    let alphabet = Array("0123456789-+$*%~>|_,#(=!:\r\n\r\n\"'\\ abt".utf8)
    for round in 0..<5_000 {
      let wire = random.bytes(random.below(60), from: round % 2 == 0 ? alphabet : nil)
      let requestLimits = RequestLimits()
      #expect(
        decodeRequests(random.pieces(of: wire))
          == NaiveRequests.decode(wire, limits: requestLimits),
        "\(wire)")
      #expect(
        decodeReplies(random.pieces(of: wire)) == NaiveReplies.decode(wire, limits: ReplyLimits()),
        "\(wire)")
    }
  }

  /// How many elements the arrays inside a decoder have room for.
  private func capacity(of value: Any) -> Int {
    // By the exact type: an empty array can be cast to one of any other element, with no room.
    let own =
      (exactly(value) as [UInt8]?)?.capacity ?? (exactly(value) as [Int]?)?.capacity
      ?? (exactly(value) as [RESPValue]?)?.capacity ?? 0
    return Mirror(reflecting: value).children.reduce(own) { $0 + capacity(of: $1.value) }
  }

  private func exactly<T>(_ value: Any) -> T? { type(of: value) == T.self ? value as? T : nil }
}
