// Errors of bytes that are not RESP, or exceed a limit. Each ends the connection.

package enum ProtocolError: Error, Sendable, Hashable {
  // Of requests. Where Redis has a wording for it, it is Redis's.
  case invalidMultibulkLength
  case invalidBulkLength
  case expectedBulk(found: UInt8)
  case tooBigInlineRequest
  case unbalancedQuotes
  case tooBigRequest
  // Of both.
  case missingTerminator
  // Of replies.
  case invalidReply
  case tooBigReply
  case tooDeepReply

  /// One line, as an error reply carries it after its code.
  package var message: String { "Protocol error: " + problem }

  private var problem: String {
    switch self {
    case .invalidMultibulkLength: "invalid multibulk length"
    case .invalidBulkLength: "invalid bulk length"
    case .expectedBulk(let found): "expected '$', got '\(Self.printable(found))'"
    case .tooBigInlineRequest: "too big inline request"
    case .unbalancedQuotes: "unbalanced quotes in request"
    case .tooBigRequest: "too big request"
    case .missingTerminator: "expected CRLF after bulk"
    case .invalidReply: "invalid reply"
    case .tooBigReply: "too big reply"
    case .tooDeepReply: "too deeply nested reply"
    }
  }

  private static func printable(_ byte: UInt8) -> String {
    if (0x20..<0x7f).contains(byte) { return String(Unicode.Scalar(byte)) }
    let digits = String(byte, radix: 16)
    return "\\x" + (digits.count == 1 ? "0" : "") + digits
  }
}

extension ProtocolError: CustomStringConvertible {
  package var description: String { message }
}
