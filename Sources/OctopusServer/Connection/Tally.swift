import OctopusEngine

/// What the connections of one event loop have done so far. Touched on that loop only.
package final class Tally {
  var connectionsReceived: Int64 = 0
  var connectionsOverflowed: Int64 = 0
  var commandsProcessed: Int64 = 0
  var inputBytes: Int64 = 0
  var outputBytes: Int64 = 0
  var eventsSent: Int64 = 0
  var messagesSent: Int64 = 0
  var errorReplies: Int64 = 0
  var errorsByCode: [ErrorCode: Int64] = [:]

  package init() {}

  func count(_ failure: Failure) {
    errorReplies += 1
    errorsByCode[failure.code, default: 0] += 1
  }
}
