import OctopusEngine

/// Counts what the connections of one dispatcher have done, for INFO.
package final class ConnectionCounters {
  package var connectionsReceived: Int64 = 0
  package var connectionsOverflowed: Int64 = 0
  package var commandsProcessed: Int64 = 0
  package var inputBytes: Int64 = 0
  package var outputBytes: Int64 = 0
  package var eventsSent: Int64 = 0
  package var messagesSent: Int64 = 0
  package private(set) var errorReplies: Int64 = 0
  package private(set) var errorsByCode: [ErrorCode: Int64] = [:]

  package init() {}

  func count(_ failure: Failure) {
    errorReplies += 1
    errorsByCode[failure.code, default: 0] += 1
  }
}
