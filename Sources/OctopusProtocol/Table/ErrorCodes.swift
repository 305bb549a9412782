import OctopusEngine

// The one table of error codes: each begins an error reply on the wire. Codes that Redis has keep
// their meaning from there.

extension ErrorCode {
  /// Events cannot reach this session: it speaks RESP2 and no second connection is bound to it.
  public static let noBinding = ErrorCode("NOBINDING")
  /// The session left too much unread or unfinished; it was ended.
  public static let overflow = ErrorCode("OVERFLOW")
  /// A password is needed first.
  public static let noAuthentication = ErrorCode("NOAUTH")
  /// HELLO or AUTH with a wrong user or password.
  public static let wrongPassword = ErrorCode("WRONGPASS")
  /// HELLO with a version of the protocol that is not spoken here.
  public static let noProtocol = ErrorCode("NOPROTO")
  /// EXEC after a command that could not be queued.
  public static let executionAborted = ErrorCode("EXECABORT")

  /// The code of this word; nil if no code is spelled so.
  package init?(known word: String) {
    self.init(rawValue: word)
    guard Self.table.contains(where: { $0.code == self }) else { return nil }
  }

  /// The meaning, in a line, for the documentation and for help. Empty for an unknown code.
  ///
  /// - Complexity: O(codes).
  public var meaning: String { Self.table.first { $0.code == self }?.meaning ?? "" }

  private static let table: [(code: ErrorCode, meaning: String)] = [
    (.syntax, "a record, a query or a command's options that cannot be read"),
    (.noName, "a regular expression or _ where a name is needed"),
    (.mismatch, "a condition that does not hold; nothing was changed"),
    (.badRegex, "a regular expression that does not compile, or costs too much to"),
    (.tooBig, "a name, a record, a query or a command longer than its limit"),
    (.limit, "too many of something, or more work than a step may take"),
    (.outOfMemory, "the memory limit is reached: what would grow is refused"),
    (
      .readOnly,
      "the disk fails or is full: a change is refused that could not be stored"
    ),
    (.noTrigger, "no such trigger in this session"),
    (.noBinding, "events cannot reach this session: it speaks RESP2 and none is bound to it"),
    (.notHeld, "the holder does not hold this"),
    (.broken, "a party of this barrier's round died"),
    (.gone, "a waiter's own record was deleted"),
    (.busy, "something with this name exists already, with other parameters, or is in use"),
    (.noSemaphore, "no such semaphore"),
    (.overflow, "the session left too much unread or unfinished; it was ended"),
    (.noAuthentication, "a password is needed first"),
    (.wrongPassword, "HELLO or AUTH with a wrong user or password"),
    (.noProtocol, "HELLO with a version of the protocol that is not spoken here"),
    (.noPermission, "not allowed to this session"),
    (.error, "an unknown command, a wrong number of arguments, a wrong state"),
    (.executionAborted, "EXEC after a command that could not be queued"),
  ]
}

extension ErrorCode: CaseIterable {
  public static var allCases: [ErrorCode] { table.map(\.code) }
}
