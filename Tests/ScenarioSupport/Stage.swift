import RESP

/// Where a scenario is played: the engine alone, or a real server.
package protocol Stage: AnyObject {
  /// Whether time passes only when it is told to.
  var hasManualClock: Bool { get }

  /// Sends a request; the first of a client connects it. RESP3.
  func send(_ request: Request, from client: String) throws

  /// Ends a client's connection without a word.
  func leave(_ client: String) throws

  /// Lets time pass, until so many replies and pushes have reached each client.
  func pass(milliseconds: Int64, until awaited: [String: Int]) throws

  /// What has reached the clients since the last call, in the order in which it reached each, once
  /// all that is under way has arrived.
  func received() throws -> [String: [RESPValue]]
}

package struct StageFailure: Error, CustomStringConvertible {
  package var description: String
}
