/// Tells a program what went wrong: `MISMATCH`.
///
/// Here are the codes of the engine. The protocol has some more, and a table of all.
public struct ErrorCode: RawRepresentable, Sendable, Hashable {
  /// The letters, five bits each, the first one highest. A number is copied faster than a string,
  /// and each reply of the engine has room for a code.
  private let letters: UInt64

  /// The code that is spelled like this; nil unless it has 1 to 12 letters from A to Z.
  public init?(rawValue: String) {
    guard (1...12).contains(rawValue.utf8.count),
      rawValue.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
    else { return nil }
    letters = rawValue.utf8.reduce(0) { $0 << 5 | UInt64($1 & 31) }
  }

  /// For the codes below, and those of the protocol.
  package init(_ word: String) {
    guard let code = ErrorCode(rawValue: word) else { preconditionFailure("not a code: \(word)") }
    self = code
  }

  /// The code as it stands before an error's message.
  public var rawValue: String {
    var bytes: [UInt8] = []
    var rest = letters
    while rest > 0 {
      bytes.append(UInt8(rest & 31) | 64)
      rest >>= 5
    }
    return String(decoding: bytes.reversed(), as: UTF8.self)
  }

  /// A record, a query or a command's options that cannot be read.
  public static let syntax = ErrorCode("SYNTAX")
  /// A regular expression or `_` where a name is needed.
  public static let noName = ErrorCode("NONAME")
  /// A condition that does not hold; nothing was changed.
  public static let mismatch = ErrorCode("MISMATCH")
  /// A regular expression that does not compile, or costs too much to.
  public static let badRegex = ErrorCode("BADREGEX")
  /// A name, a record, a query or a command longer than its limit.
  public static let tooBig = ErrorCode("TOOBIG")
  /// Too many of something, or more work than a step may take.
  public static let limit = ErrorCode("LIMIT")
  /// The memory limit is reached: commands that would hold more are refused.
  public static let outOfMemory = ErrorCode("OOM")
  /// The state directory takes no higher revision mark: changes are refused until it does.
  public static let readOnly = ErrorCode("READONLY")
  /// No such trigger in this session.
  public static let noTrigger = ErrorCode("NOTRIGGER")
  /// The holder does not hold this.
  public static let notHeld = ErrorCode("NOTHELD")
  /// A party of this barrier's round died.
  public static let broken = ErrorCode("BROKEN")
  /// A waiter's own record was deleted.
  public static let gone = ErrorCode("GONE")
  /// It exists already, otherwise.
  public static let busy = ErrorCode("BUSY")
  /// No such semaphore.
  public static let noSemaphore = ErrorCode("NOSEM")
  /// Not allowed to this session.
  public static let noPermission = ErrorCode("NOPERM")
  /// Any other error: an unknown command, a wrong number of arguments.
  public static let error = ErrorCode("ERR")
}
