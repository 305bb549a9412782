// Events and messages as bytes, in both versions, and their size foretold.

import OctopusProtocol
import OctopusRecords
import RESP
import Testing

@testable import OctopusEngine

struct PushTests {
  private static let pattern = Delivery.Sink.pattern(Array("_ {a:1}".utf8))

  private static let events: [(Event, Delivery.Sink, isLast: Bool, three: String, two: String)] = [
    (
      Event(kind: .set, revision: 12, record: "a { b: 1 }", previous: 0), .trigger(7), false,
      ">6¶$7¶trigger¶:7¶$3¶set¶:12¶$10¶a { b: 1 }¶:0¶",
      "*6¶$7¶trigger¶:7¶$3¶set¶:12¶$10¶a { b: 1 }¶:0¶"
    ),
    (
      Event(kind: .set, revision: 12, record: "a", previous: 9), .trigger(7), true,
      ">6¶$7¶trigger¶:7¶$11¶set removed¶:12¶$4¶a {}¶:9¶",
      "*6¶$7¶trigger¶:7¶$11¶set removed¶:12¶$4¶a {}¶:9¶"
    ),
    (
      Event(kind: .del, revision: 9_007_199_254_740_991, record: "a", previous: 100),
      .trigger(.max), true,
      ">6¶$7¶trigger¶:9223372036854775807¶$11¶del removed¶:9007199254740991¶$4¶a {}¶:100¶",
      "*6¶$7¶trigger¶:9223372036854775807¶$11¶del removed¶:9007199254740991¶$4¶a {}¶:100¶"
    ),
    (
      Event(kind: .out, revision: 10, record: "a", previous: 9), .trigger(10), false,
      ">6¶$7¶trigger¶:10¶$3¶out¶:10¶$4¶a {}¶:9¶", "*6¶$7¶trigger¶:10¶$3¶out¶:10¶$4¶a {}¶:9¶"
    ),
    (
      Event(kind: .removed, revision: 99, record: nil, previous: 0), .trigger(1), true,
      ">6¶$7¶trigger¶:1¶$7¶removed¶:99¶_¶:0¶", "*6¶$7¶trigger¶:1¶$7¶removed¶:99¶$-1¶:0¶"
    ),
    (
      Event(kind: .del, revision: 1, record: "a", previous: 0), pattern, false,
      ">4¶$8¶pmessage¶$7¶_ {a:1}¶$3¶del¶$4¶a {}¶", "*4¶$8¶pmessage¶$7¶_ {a:1}¶$3¶del¶$4¶a {}¶"
    ),
    (
      Event(kind: .set, revision: 1, record: "a", previous: 0), pattern, true,
      ">4¶$8¶pmessage¶$7¶_ {a:1}¶$3¶set¶$4¶a {}¶", "*4¶$8¶pmessage¶$7¶_ {a:1}¶$3¶set¶$4¶a {}¶"
    ),
    (Event(kind: .removed, revision: 1, record: nil, previous: 0), pattern, true, "", ""),
  ]

  @Test(arguments: events.indices)
  func eventIsEncoded(index: Int) {
    let (event, sink, isLast, three, two) = Self.events[index]
    for (version, expected) in [(RESPVersion.three, three), (.two, two)] {
      let text = rendered(version) { $0.append(event, to: sink, isLast: isLast) }
      #expect(text == expected)
      let count = RESPEncoder.byteCount(event, to: sink, isLast: isLast, version: version)
      #expect(count == text.replacing("¶", with: "\r\n").utf8.count)
    }
  }

  @Test func messageIsEncoded() {
    let source = Array("_ {}".utf8)
    let record: Record = "msg { age: 10 }"
    let push = "3¶$7¶message¶$4¶_ {}¶$15¶msg { age: 10 }¶"
    #expect(rendered(.three) { $0.append(message: record, source: source) } == ">" + push)
    #expect(rendered(.two) { $0.append(message: record, source: source) } == "*" + push)
    #expect(
      RESPEncoder.byteCount(message: record, source: source)
        == push.replacing("¶", with: "\r\n").utf8.count + 1)
  }

  @Test func byteCountsAgreeWithTheEncodedBytes() {
    for count in [1, 8, 9, 10, 98, 99, 100, 101, 999, 1_000, 99_999, 100_000] {
      let source = Array(repeating: UInt8(ascii: "x"), count: count)
      var encoder = RESPEncoder(version: .two)
      encoder.append(message: "a", source: source)
      #expect(RESPEncoder.byteCount(message: "a", source: source) == encoder.bytes.count)
    }
  }
}
