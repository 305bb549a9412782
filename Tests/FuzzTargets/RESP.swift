import Generators
import NaiveRESP
import RESP

// The wire: however the bytes are cut, what comes out is what the reference models say, and what is
// whole can be written and read again.
extension FuzzTarget {
  static let requests = FuzzTarget("requests") { input in
    let few = RequestLimits(arguments: 4, argumentBytes: 30, requestBytes: 50, inlineBytes: 40)
    for limits in [RequestLimits(), few] {
      let expected = NaiveRequests.decode(input, limits: limits)
      for pieces in cuts(of: input) {
        let outcome = decodeRequests(pieces, limits: limits)
        try expect(outcome == expected, "\(pieces): \(outcome), not \(expected)")
      }
      var encoder = RESPEncoder(version: .two)
      for request in expected.frames { encoder.command(request) }
      let again = decodeRequests([encoder.bytes], limits: limits)
      try expect(again == Outcome(frames: expected.frames), "\(expected) again: \(again)")
      let beginnings = expected.frames.map { Array($0.prefix(2)) }
      try expect(peekedRequests(encoder.bytes) == beginnings, "\(expected) at a glance")
      _ = peekedRequests(input)  // Whatever it is.
    }
  }

  static let replies = FuzzTarget("replies") { input in
    let few = ReplyLimits(depth: 4, values: 20, bulkBytes: 40, lineBytes: 50, replyBytes: 80)
    for limits in [ReplyLimits(), few] {
      let expected = Written(NaiveReplies.decode(input, limits: limits))
      for pieces in cuts(of: input) {
        let outcome = Written(decodeReplies(pieces, limits: limits))
        try expect(outcome == expected, "\(pieces): \(outcome), not \(expected)")
      }
    }
    let frames = decodeReplies([input]).frames
    let wire = frames.flatMap { $0.encoded(version: .three) }
    let again = Written(decodeReplies([wire]))
    try expect(again == Written(Outcome(frames: frames)), "\(frames) again: \(again)")
    let old = decodeReplies([frames.flatMap { $0.encoded(version: .two) }])
    try expect(
      old.frames.count == frames.count && old.error == nil && !old.isInsideFrame,
      "\(frames) in RESP2: \(old)")
  }
}

/// A decoded value in its encoding, in which not-a-number equals itself.
private struct Written: Equatable, CustomStringConvertible {
  let outcome: Outcome<[UInt8]>

  init(_ outcome: Outcome<RESPValue>) {
    self.outcome = Outcome(
      frames: outcome.frames.map { $0.encoded(version: .three) }, error: outcome.error,
      isInsideFrame: outcome.isInsideFrame)
  }

  var description: String {
    "\(outcome.frames.map { String(decoding: $0, as: UTF8.self) }) of \(outcome)"
  }
}

/// The bytes whole, one by one, and cut at places that depend on them.
private func cuts(of bytes: [UInt8]) -> [[[UInt8]]] {
  let sum = bytes.reduce(UInt64(bytes.count)) { $0 &* 31 &+ UInt64($1) }
  var random = Random(seed: sum)
  var pieces: [[UInt8]] = []
  var rest = bytes[...]
  while !rest.isEmpty {
    pieces.append(Array(rest.prefix(.random(in: 1...12, using: &random))))
    rest = rest.dropFirst(pieces.last!.count)  // It was appended above.
  }
  return [[bytes], bytes.map { [$0] }, pieces]
}
