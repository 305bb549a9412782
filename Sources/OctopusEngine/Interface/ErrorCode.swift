import OctopusRecords

/// The one table of error codes: each begins an error reply on the wire.
///
/// Redis's own codes (`ERR`, `NOAUTH`, `EXECABORT` …) keep their meaning from there.
public enum ErrorCode: String, Sendable, CaseIterable, Hashable {
  /// A record, a query or a command's options that cannot be read.
  case syntax = "SYNTAX"
  /// A regular expression or `_` where a name is needed.
  case noName = "NONAME"
  /// A condition that does not hold; nothing was changed.
  case mismatch = "MISMATCH"
  /// A regular expression that does not compile, or costs too much to.
  case badRegex = "BADREGEX"
  /// A name, a record, a query or a command longer than its limit.
  case tooBig = "TOOBIG"
  /// Too many of something, or a read that would examine too much.
  case limit = "LIMIT"
  /// The memory limit is reached: what would grow is refused.
  case outOfMemory = "OOM"
  /// The state directory takes no higher revision mark: changes are refused until it does.
  case readOnly = "READONLY"
  /// No such trigger in this session.
  case noTrigger = "NOTRIGGER"
  /// Events cannot reach this session: it speaks RESP2 and no second connection is bound to it.
  case noBinding = "NOBINDING"
  /// The holder does not hold this.
  case notHeld = "NOTHELD"
  /// A party of this barrier's round died.
  case broken = "BROKEN"
  /// A waiter's own record was deleted.
  case gone = "GONE"
  /// It is there already, otherwise.
  case busy = "BUSY"
  /// No such semaphore.
  case noSemaphore = "NOSEM"
  /// The session did not read its events; it was ended.
  case overflow = "OVERFLOW"
  /// A password is needed first.
  case noAuthentication = "NOAUTH"
  /// HELLO or AUTH with a wrong user or password.
  case wrongPassword = "WRONGPASS"
  /// HELLO with a version of the protocol that is not spoken here.
  case noProtocol = "NOPROTO"
  /// Not allowed to this session.
  case noPermission = "NOPERM"
  /// Anything else, as in Redis: an unknown command, a wrong number of arguments.
  case error = "ERR"
  /// EXEC after a command that could not be queued.
  case executionAborted = "EXECABORT"

  /// What it means, in a line, for the documentation and for help.
  public var meaning: String {
    switch self {
    case .syntax: "a record, a query or a command's options that cannot be read"
    case .noName: "a regular expression or _ where a name is needed"
    case .mismatch: "a condition that does not hold; nothing was changed"
    case .badRegex: "a regular expression that does not compile, or costs too much to"
    case .tooBig: "a name, a record, a query or a command longer than its limit"
    case .limit: "too many of something, or a read that would examine too much"
    case .outOfMemory: "the memory limit is reached: what would grow is refused"
    case .readOnly:
      "the revision mark on disk cannot be raised: what would change a record is refused"
    case .noTrigger: "no such trigger in this session"
    case .noBinding: "events cannot reach this session: it speaks RESP2 and none is bound to it"
    case .notHeld: "the holder does not hold this"
    case .broken: "a party of this barrier's round died"
    case .gone: "a waiter's own record was deleted"
    case .busy: "it is there already, otherwise"
    case .noSemaphore: "no such semaphore"
    case .overflow: "the session did not read its events; it was ended"
    case .noAuthentication: "a password is needed first"
    case .wrongPassword: "HELLO or AUTH with a wrong user or password"
    case .noProtocol: "HELLO with a version of the protocol that is not spoken here"
    case .noPermission: "not allowed to this session"
    case .error: "an unknown command, a wrong number of arguments, a wrong state"
    case .executionAborted: "EXEC after a command that could not be queued"
    }
  }
}

/// An error of the world: a code and a sentence.
package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
  package var code: ErrorCode
  package var message: String

  package init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }

  package init(_ error: SyntaxError) {
    let code: ErrorCode =
      switch error.reason {
      case .malformed: .syntax
      case .needsName: .noName
      case .pattern: .badRegex
      case .tooLong: .tooBig
      }
    self.init(code, error.description)
  }

  package var description: String { "\(code.rawValue) \(message)" }
}
