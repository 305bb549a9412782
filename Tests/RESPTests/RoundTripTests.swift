// Random values and requests, encoded and decoded: cut at random, intact and damaged, against the
// reference models.

import NaiveRESP
import RESP
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test func valuesOfVersionThree() {
    var random = Random.logged()
    for _ in 0..<500 {
      let values = (0..<3).map { _ in random.value(depth: 4) }
      let wire = values.flatMap { $0.encoded(version: .three) }
      #expect(decodeReplies([wire]) == Outcome(frames: values))
      #expect(decodeReplies(random.pieces(of: wire)) == Outcome(frames: values))
      #expect(NaiveReplies.decode(wire, limits: ReplyLimits()) == Outcome(frames: values))
    }
  }

  @Test func valuesOfVersionTwo() {
    var random = Random.logged()
    for _ in 0..<500 {
      let value = random.value(depth: 4)
      let wire = value.encoded(version: .two)
      #expect(decodeReplies(random.pieces(of: wire)) == Outcome(frames: [value.inVersionTwo]))
    }
  }

  @Test func requests() {
    var random = Random.logged()
    for _ in 0..<500 {
      let requests = random.requests()
      var encoder = RESPEncoder(version: .two)
      for request in requests { encoder.command(request) }
      #expect(decodeRequests([encoder.bytes]) == Outcome(frames: requests))
      #expect(decodeRequests(random.pieces(of: encoder.bytes)) == Outcome(frames: requests))
    }
  }

  @Test func damagedReplies() {
    var random = Random.logged()
    let limits = ReplyLimits(depth: 4, values: 20, bulkBytes: 40, lineBytes: 50, replyBytes: 80)
    for _ in 0..<3_000 {
      let wire = random.damaged(
        random.value(depth: 4).encoded(version: .three)
          + random.value(depth: 2).encoded(version: .three))
      #expect(
        decodeReplies(random.pieces(of: wire), limits: limits)
          == NaiveReplies.decode(wire, limits: limits), "\(String(decoding: wire, as: UTF8.self))")
    }
  }

  @Test func damagedRequests() {
    var random = Random.logged()
    let limits = RequestLimits(arguments: 4, argumentBytes: 30, requestBytes: 50, inlineBytes: 40)
    for _ in 0..<3_000 {
      var encoder = RESPEncoder(version: .two)
      for request in random.requests() { encoder.command(request) }
      let wire = random.damaged(encoder.bytes)
      #expect(
        decodeRequests(random.pieces(of: wire), limits: limits)
          == NaiveRequests.decode(wire, limits: limits), "\(String(decoding: wire, as: UTF8.self))")
    }
  }
}

extension Random {
  mutating func requests() -> [[[UInt8]]] {
    (0..<(1 + below(4))).map { _ in
      (0..<(1 + below(4))).map { _ in bytes(below(24)) }
    }
  }

  mutating func value(depth: Int) -> RESPValue {
    switch below(depth > 0 ? 14 : 10) {
    case 0: .simpleString(bytes(below(10), from: Array("OK é'".utf8)))
    case 1: .error(bytes(below(10), from: Array("ERR é'".utf8)))
    case 2: .integer(Int64(truncatingIfNeeded: next()) >> Int64(below(64)))
    case 3: .bulk(bytes(below(30)))
    case 4: .null
    case 5: .double(double())
    case 6: .boolean(below(2) == 0)
    case 7: .bigNumber(bytes(1 + below(40), from: Array("0123456789".utf8)))
    case 8: .verbatim(bytes(below(10)), format: below(2) == 0 ? .text : .markdown)
    case 9: .blobError(bytes(below(10)))
    case 10: .array(values(depth: depth - 1))
    case 11: .set(values(depth: depth - 1))
    case 12: .push(values(depth: depth - 1))
    default: .map(values(depth: depth - 1).map { .init(key: $0, value: value(depth: 0)) })
    }
  }

  private mutating func values(depth: Int) -> [RESPValue] {
    (0..<below(5)).map { _ in value(depth: depth) }
  }

  /// Any but NaN, which is not equal to itself.
  private mutating func double() -> Double {
    let double = Double(bitPattern: next())
    return double.isNaN ? .infinity : double
  }
}

extension RESPValue {
  /// The value after a round trip through RESP2.
  fileprivate var inVersionTwo: RESPValue {
    switch self {
    case .simpleString, .error, .integer, .bulk, .null: self
    case .array(let values), .set(let values), .push(let values): .array(values.map(\.inVersionTwo))
    case .map(let entries):
      .array(entries.flatMap { [$0.key.inVersionTwo, $0.value.inVersionTwo] })
    case .double(let double): .bulk("\(double)")
    case .boolean(let boolean): .integer(boolean ? 1 : 0)
    case .bigNumber(let bytes), .verbatim(let bytes, _): .bulk(bytes)
    case .blobError(let bytes): .error(bytes.map { $0 == 13 || $0 == 10 ? 32 : $0 })
    }
  }
}
