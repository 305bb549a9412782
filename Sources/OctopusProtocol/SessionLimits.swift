import OctopusRecords
import RESP

/// The limits of sessions and their connections. The reasons stand in `table`.
package enum SessionLimits {
  /// Bytes of events and messages that wait for one session to read them.
  package static let queueBytes = 32 << 20
  /// Commands between MULTI and EXEC.
  package static let transactionCommands = 10_000
  /// Bytes that the commands between MULTI and EXEC occupy, with their compiled regular
  /// expressions.
  package static let transactionBytes = 32 << 20
  /// How long a connection may take to authenticate.
  package static let authenticationMilliseconds: Int64 = 20_000
  /// How long a connection that the server ends may take to read the reason.
  package static let closingMilliseconds: Int64 = 5_000

  package static let table = [
    Limit(
      "events and messages that wait for a session", queueBytes, .bytes,
      "past it the session ends, and all others go on"),
    Limit("commands of a transaction", transactionCommands, "a transaction is one step"),
    Limit(
      "a transaction", transactionBytes, .bytes,
      "bounds the memory of the commands that wait for their EXEC, compiled expressions included"),
    Limit(
      "time to authenticate", Int(authenticationMilliseconds), .milliseconds,
      "a client that knows the password sends it at once; others shall not hold a descriptor"),
    Limit(
      "time to read why the server ends a connection", Int(closingMilliseconds), .milliseconds,
      "a client that does not read shall not hold a descriptor"),
  ]
}

extension RequestLimits {
  /// The limits of requests.
  package static let standard = RequestLimits(
    arguments: 1_024, argumentBytes: 2 << 20, requestBytes: 8 << 20, inlineBytes: 64 << 10)

  /// The limits before authentication, when only HELLO and AUTH are allowed.
  package static let beforeAuthentication = RequestLimits(
    arguments: 16, argumentBytes: 4 << 10, requestBytes: 16 << 10, inlineBytes: 4 << 10)

  package var table: [Limit] {
    [
      Limit("arguments of a command", arguments, "commands with many queries need the most"),
      Limit(
        "an argument", argumentBytes, .bytes, "a record, with all that its quoting may add"),
      Limit("a command", requestBytes, .bytes, "all its arguments together"),
      Limit(
        "a command without framing", inlineBytes, .bytes, "a person types it, or a script"),
    ]
  }
}
