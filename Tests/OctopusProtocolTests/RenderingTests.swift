// Replies and pushes as bytes, in both versions. `¶` stands for a line's end.

import OctopusProtocol
import OctopusRecords
import RESP
import Testing

@testable import OctopusEngine

func rendered(
  _ version: RESPVersion, _ write: (inout RESPEncoder) -> Void
) -> String {
  var encoder = RESPEncoder(version: version)
  write(&encoder)
  return String(decoding: encoder.bytes, as: UTF8.self).split(
    separator: "\r\n", omittingEmptySubsequences: false
  ).joined(separator: "¶")
}

/// Replies of every shape, and their bytes in RESP3 and, where they differ, in RESP2.
let replies: [(Reply, three: String, two: String?)] = [
  (.ok, "+OK¶", nil),
  (.null, "_¶", "$-1¶"),
  (.integer(-7), ":-7¶", nil),
  (.record("a { c: 'é', b: 1 }"), "$19¶a { b: 1, c: 'é' }¶", nil),
  (.name("object1 { a: 1 }"), "$7¶object1¶", nil),
  (.name("'/dev/sda' {}"), "$10¶'/dev/sda'¶", nil),
  (.name("'it\\'s \\\\ { a: 1 }' {}"), "$19¶'it\\'s \\\\ { a: 1 }'¶", nil),
  (.records([]), "*0¶", nil),
  (.records(["a", "b { c: 1 }"]), "*2¶$4¶a {}¶$10¶b { c: 1 }¶", nil),
  (.names(["a { b: 1 }", "'_'"]), "*2¶$1¶a¶$3¶'_'¶", nil),
  (.names([]), "*0¶", nil),
  (
    .plan(
      PlanDescription(query: "a", index: "name", candidates: 3, matches: 2, records: 9)),
    "%5¶$5¶query¶$1¶a¶$5¶index¶$4¶name¶$10¶candidates"
      + "¶:3¶$7¶matches¶:2¶$7¶records¶:9¶",
    "*10¶$5¶query¶$1¶a¶$5¶index¶$4¶name¶$10¶candidates"
      + "¶:3¶$7¶matches¶:2¶$7¶records¶:9¶"
  ),
  (.error(Failure(.mismatch, "no\r\nbreaks")), "-MISMATCH no  breaks¶", nil),
  (
    .array([.error(Failure(.mismatch, "x")), .null, .integer(9)]), "*3¶-MISMATCH x¶_¶:9¶",
    "*3¶-MISMATCH x¶$-1¶:9¶"
  ),
  (
    .array([.array([]), .integer(4), .records(["a", "b"]), .array([.names(["c"]), .ok])]),
    "*4¶*0¶:4¶*2¶$4¶a {}¶$4¶b {}¶*2¶*1¶$1¶c¶+OK¶", nil
  ),
  (.acknowledgements([]), "", nil),
  (
    .acknowledgements([
      Acknowledgement(kind: .subscribed, source: Array("_  {}".utf8), count: 1),
      Acknowledgement(kind: .unsubscribed, source: nil, count: 0),
    ]),
    ">3¶$9¶subscribe¶$5¶_  {}¶:1¶>3¶$11¶unsubscribe¶_¶:0¶",
    "*3¶$9¶subscribe¶$5¶_  {}¶:1¶*3¶$11¶unsubscribe¶$-1¶:0¶"
  ),
  (
    .acknowledgements([
      Acknowledgement(
        kind: .patternSubscribed, source: Array("_".utf8), count: 2,
        snapshot: Acknowledgement.Snapshot(records: ["a", "b"], revision: 12)),
      Acknowledgement(
        kind: .patternSubscribed, source: Array("x".utf8), count: 3,
        snapshot: Acknowledgement.Snapshot(records: [], revision: 12)),
    ]),
    ">3¶$10¶psubscribe¶$1¶_¶:2¶>4¶$8¶pmessage¶$1¶_¶$8¶existing¶$4¶a {}¶"
      + ">4¶$8¶pmessage¶$1¶_¶$8¶existing¶$4¶b {}¶>4¶$8¶pmessage¶$1¶_¶$6¶synced¶$2¶12¶"
      + ">3¶$10¶psubscribe¶$1¶x¶:3¶>4¶$8¶pmessage¶$1¶x¶$6¶synced¶$2¶12¶",
    "*3¶$10¶psubscribe¶$1¶_¶:2¶*4¶$8¶pmessage¶$1¶_¶$8¶existing¶$4¶a {}¶"
      + "*4¶$8¶pmessage¶$1¶_¶$8¶existing¶$4¶b {}¶*4¶$8¶pmessage¶$1¶_¶$6¶synced¶$2¶12¶"
      + "*3¶$10¶psubscribe¶$1¶x¶:3¶*4¶$8¶pmessage¶$1¶x¶$6¶synced¶$2¶12¶"
  ),
]

struct RenderingTests {
  @Test(arguments: replies.indices)
  func replyIsEncoded(index: Int) {
    let (reply, three, two) = replies[index]
    #expect(rendered(.three) { $0.append(reply) } == three)
    #expect(rendered(.two) { $0.append(reply) } == two ?? three)
  }

  @Test(arguments: replies.indices, [RESPVersion.two, .three])
  func replyRenderedInPiecesIsTheSame(index: Int, version: RESPVersion) {
    let reply = replies[index].0
    let whole = rendered(version) { $0.append(reply) }
    for limit in [Int.min, 0] + Array(1...(whole.utf8.count + 2)) {
      var renderer = ReplyRenderer(reply)
      var pieces: [String] = []
      var isComplete = false
      while !isComplete {
        pieces.append(
          rendered(version) { isComplete = renderer.render(into: &$0, limit: limit) })
      }
      #expect(pieces.joined() == whole)
      // The last of a piece's elements begins before its limit.
      let longest = 120
      #expect(pieces.allSatisfy { $0.utf8.count < max(limit, 1) + longest }, "\(limit) \(pieces)")
    }
  }

  @Test func largeReplyIsRenderedInBoundedMemory() {
    let records = (0..<10_000).map { index -> Record in "record.\(index) { number: \(index) }" }
    var renderer = ReplyRenderer(.array([.records(records), .integer(1)]))
    var encoder = RESPEncoder(version: .three)
    var count = 0
    var isComplete = false
    while !isComplete {
      isComplete = renderer.render(into: &encoder, limit: 1_000)
      #expect(encoder.bytes.count < 1_100)
      count += encoder.bytes.count
      encoder.bytes.removeAll(keepingCapacity: true)
    }
    #expect(
      count
        == rendered(.three) { $0.append(.array([.records(records), .integer(1)])) }
        .replacing("¶", with: "\r\n").utf8.count)
  }

  @Test func renderingAppends() {
    var encoder = RESPEncoder(version: .three)
    encoder.integer(1)
    var renderer = ReplyRenderer(.names(["a", "b"]))
    let isComplete = (0..<4).map { _ in renderer.render(into: &encoder, limit: 1) }
    #expect(isComplete == [false, false, true, true])
    #expect(String(decoding: encoder.bytes, as: UTF8.self) == ":1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n")
  }
}
