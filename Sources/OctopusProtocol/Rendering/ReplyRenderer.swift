import OctopusEngine
import RESP

/// Writes one reply piece by piece, as fast as the socket takes it.
package struct ReplyRenderer: Sendable {
  package init(_ reply: Reply) {}

  package var isFinished: Bool { true }

  /// Appends the next elements, until about `limit` bytes were appended or the reply is complete.
  /// At least one element is appended, and none is cut. Returns whether the reply is complete.
  @discardableResult
  package mutating func render(into encoder: inout RESPEncoder, limit: Int = .max) -> Bool { true }
}

extension RESPEncoder {
  /// Appends a whole reply.
  package mutating func append(_ reply: Reply) {}
  package mutating func append(_ failure: Failure) {}
}
