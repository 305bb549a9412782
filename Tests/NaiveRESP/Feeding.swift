// Bytes through the decoders, piece by piece, and what came out.

import RESP

package struct Outcome<Frame: Equatable>: Equatable {
  package var frames: [Frame] = []
  package var error: ProtocolError?
  /// The input ended in the middle of a frame.
  package var isInsideFrame = false

  package init(frames: [Frame] = [], error: ProtocolError? = nil, isInsideFrame: Bool = false) {
    self.frames = frames
    self.error = error
    self.isInsideFrame = isInsideFrame
  }
}

extension Outcome: CustomStringConvertible {
  package var description: String {
    "\(frames) \(error?.message ?? "no error")\(isInsideFrame ? ", incomplete" : "")"
  }
}

package func decodeRequests(
  _ pieces: [[UInt8]], limits: RequestLimits = RequestLimits()
) -> Outcome<[[UInt8]]> {
  var decoder = RequestDecoder(limits: limits)
  return feed(pieces) { (input) throws(ProtocolError) in
    try decoder.next(&input).map { $0.map(Array.init) }
  } isInsideFrame: {
    decoder.isInsideRequest
  }
}

/// The command and the first argument of each request that shows at a glance.
package func peekedRequests(_ input: [UInt8], most: Int = .max) -> [[[UInt8]]] {
  var requests: [[[UInt8]]] = []
  let count = input.withUnsafeBytes {
    RequestDecoder.peek($0, most: most) { command, argument in
      requests.append([Array(command)] + (argument.map { [Array($0)] } ?? []))
      return true
    }
  }
  precondition(count == requests.count, "\(count) of \(requests)")
  return requests
}

package func decodeReplies(
  _ pieces: [[UInt8]], limits: ReplyLimits = ReplyLimits()
) -> Outcome<RESPValue> {
  var decoder = ReplyDecoder(limits: limits)
  return feed(pieces) { (input) throws(ProtocolError) in
    try decoder.next(&input)
  } isInsideFrame: {
    decoder.isInsideReply
  }
}

private func feed<Frame>(
  _ pieces: [[UInt8]],
  next: (inout UnsafeRawBufferPointer) throws(ProtocolError) -> Frame?,
  isInsideFrame: () -> Bool
) -> Outcome<Frame> {
  var outcome = Outcome<Frame>()
  for piece in pieces where outcome.error == nil {
    piece.withUnsafeBytes { raw in
      var input = raw
      do throws(ProtocolError) {
        while let frame = try next(&input) { outcome.frames.append(frame) }
      } catch {
        outcome.error = error
      }
    }
  }
  outcome.isInsideFrame = outcome.error == nil && isInsideFrame()
  return outcome
}

/// The bytes cut in two at every place, and into single bytes.
package func everySplit(of bytes: [UInt8]) -> [[[UInt8]]] {
  let halves = (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
  return halves + [bytes.map { [$0] }]
}
