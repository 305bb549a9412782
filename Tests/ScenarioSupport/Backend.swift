import RESP

/// Something that a scenario runs against: an engine in memory, an embedded engine, or a real
/// server.
package protocol Backend: AnyObject {
  /// Whether time passes only in `advance`.
  var hasManualClock: Bool { get }

  /// Sends a request; the first of a client connects it. RESP3.
  func send(_ request: Request, from client: String) throws

  /// Ends a client's connection without a command.
  func disconnect(_ client: String) throws

  /// Lets time pass, until this many replies and pushes have reached each client.
  func advance(milliseconds: Int64, until expected: [String: Int]) throws

  /// What has reached each client since the last call, in order, once nothing is under way.
  func received() throws -> [String: [RESPValue]]
}

package struct BackendFailure: Error, CustomStringConvertible {
  package var description: String
}

extension Request {
  /// As client libraries send it.
  var encoded: [UInt8] {
    var encoder = RESPEncoder(version: .three)
    encoder.arrayHeader(count)
    for argument in self { encoder.bulk(argument) }
    return encoder.bytes
  }
}

extension ReplyDecoder {
  /// All values that are complete.
  mutating func values(in bytes: UnsafeRawBufferPointer) throws -> [RESPValue] {
    var rest = bytes
    var values: [RESPValue] = []
    while let value = try next(&rest) { values.append(value) }
    return values
  }
}
