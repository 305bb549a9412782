import RESP

/// What can go wrong between a program and Octopus. Every function of the library throws only this.
///
/// ```swift
/// do {
///   try await octopus.set("counter { value: 5, value == 4 }")
/// } catch OctopusError.refused(.mismatch, _) {
///   // somebody else was faster: read again
/// }
/// ```
public enum OctopusError: Error, Sendable, Hashable {
  /// The command was read and refused; nothing was changed. The code says why.
  case refused(ErrorCode, String)
  /// The connection has gone, and why. Whether a command that had been sent was carried out is not
  /// known. All calls and sequences of the connection end with this; connect again to go on.
  case connectionLost(String)
  /// What this client held (a lock, permits, a service) was taken away: the record of this name, by
  /// which it held it, was deleted.
  case lost(String)
  /// A sequence's consumer was too slow: more elements came than its buffer holds. Its
  /// trigger is removed. Other sequences do not notice.
  case overflow
  /// The time limit of a wait has passed.
  case timeout
  /// The task was cancelled. A command that had been sent may have been carried out.
  case cancelled
  /// Nobody listens at any of these addresses.
  case noServer([String])
  /// The other side said what the protocol does not allow.
  case protocolViolation(String)

  /// The code of a refusal; nil for all else.
  public var code: ErrorCode? {
    if case .refused(let code, _) = self { code } else { nil }
  }

  /// What went wrong, in a sentence for people.
  public var message: String {
    switch self {
    case .refused(_, let message): message
    case .connectionLost(let reason): "the connection is lost: \(reason)"
    case .lost(let record): "the record \(record), by which this client held something, was deleted"
    case .overflow: "the consumer of this sequence did not keep up with its events"
    case .timeout: "the time limit has passed"
    case .cancelled: "the task was cancelled"
    case .noServer(let tried): "no server at \(tried.joined(separator: ", "))"
    case .protocolViolation(let what): "the other side broke the protocol: \(what)"
    }
  }
}

extension OctopusError: CustomStringConvertible {
  /// The code, if there is one, and the message.
  public var description: String { code.map { "\($0.rawValue) \(message)" } ?? message }
}

extension OctopusError {
  /// An error reply. A code that this library does not know keeps its name in the message.
  init(code: String, message: String) {
    if let known = ErrorCode(known: code) {
      self = .refused(known, message)
    } else {
      self = .refused(.error, "\(code) \(message)")
    }
  }
}

extension OctopusError {
  /// A reply of another kind than the command has.
  static func unexpected(_ reply: RESPValue) -> OctopusError {
    // A large reply makes no good message.
    .protocolViolation("an unexpected reply, \(String("\(reply)".prefix(200)))")
  }
}

extension RESPValue {
  /// The error that this reply is, if it is one.
  var error: OctopusError? { failure.map { OctopusError(code: $0.code, message: $0.message) } }

  /// The reply, unless it is an error.
  func checked() throws(OctopusError) -> RESPValue {
    if let error { throw error }
    return self
  }
}
