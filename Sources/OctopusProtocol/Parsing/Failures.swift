import OctopusEngine
import RESP

// Errors of requests, in Redis's words where Redis has them: clients recognise some of them.
extension Failure {
  static func unknownCommand(_ request: Request) -> Failure {
    let name = request.isEmpty ? "" : request.shown(0, limit: 128)
    var shown = ""
    for index in request.indices.dropFirst() where shown.utf8.count < 128 {
      shown += "'\(request.shown(index, limit: 128 - shown.utf8.count))' "
    }
    return Failure(.error, "unknown command '\(name)', with args beginning with: \(shown)")
  }

  static func unknownSubcommand(_ request: Request) -> Failure {
    let command = request.shown(0, limit: 128).uppercased()
    return Failure(
      .error, "unknown subcommand '\(request.shown(1, limit: 128))'. Try \(command) HELP.")
  }

  static func wrongArity(_ name: CommandName) -> Failure {
    Failure(.error, "wrong number of arguments for '\(name.text)' command")
  }

  package static let needsAuthentication = Failure(.noAuthentication, "Authentication required.")
  package static let wrongPassword = Failure(
    .wrongPassword, "invalid username-password pair or user is disabled.")
  package static let noPasswordConfigured = Failure(
    .error,
    "AUTH <password> called without any password configured for the default user. "
      + "Are you sure your configuration is correct?")
  package static let nestedMulti = Failure(.error, "MULTI calls can not be nested")
  package static let execWithoutMulti = Failure(.error, "EXEC without MULTI")
  package static let discardWithoutMulti = Failure(.error, "DISCARD without MULTI")
  package static let transactionAborted = Failure(
    .executionAborted, "Transaction discarded because of previous errors.")
  package static let tooManyClients = Failure(.error, "max number of clients reached")
  package static let tooManyClientsOfUser = Failure(
    .error, "max number of clients of this user reached")
  package static let noSuchClient = Failure(.error, "No such client")
}

extension CommandSpec {
  /// The error with which a connection in this state refuses this command; nil if it does not.
  ///
  /// - Parameter isRESP2Subscriber: whether it speaks RESP2 and has subscriptions of either kind.
  package func refusal(
    isAuthenticated: Bool, isRESP2Subscriber: Bool, isInTransaction: Bool
  ) -> Failure? {
    if !isAuthenticated, !flags.contains(.beforeAuth) { return .needsAuthentication }
    if isRESP2Subscriber, !flags.contains(.whileSubscribed) {
      return Failure(
        .error,
        "Can't execute '\(text)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
          + "are allowed in this context")
    }
    if isInTransaction, flags.isDisjoint(with: [.queued, .duringMulti]) {
      return Failure(.error, "'\(text)' is not allowed inside a transaction")
    }
    return nil
  }
}

extension Request {
  /// An argument for an error's text, cut to `limit` bytes.
  func shown(_ index: Int, limit: Int = 64) -> String {
    String(decoding: self[index].prefix(limit), as: UTF8.self)
  }
}
