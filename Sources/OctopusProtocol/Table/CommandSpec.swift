import OctopusEngine

/// A row of the command table: all that is known about a command besides how it is carried out.
package struct CommandSpec: Sendable {
  package enum Group: String, Sendable, CaseIterable {
    case records, watching, transactions, connection, server
  }

  package struct Flags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Changes records.
    package static let write = Flags(rawValue: 1)
    /// Only reads records.
    package static let readOnly = Flags(rawValue: 2)
    /// Takes a time that does not grow with what is stored.
    package static let fast = Flags(rawValue: 4)
    /// May be answered later.
    package static let blocking = Flags(rawValue: 8)
    /// Belongs to publish/subscribe.
    package static let pubsub = Flags(rawValue: 16)
    /// For whoever runs the server.
    package static let admin = Flags(rawValue: 32)
    /// Allowed before a password was given.
    package static let beforeAuth = Flags(rawValue: 64)
    /// Allowed on a RESP2 connection that has subscriptions.
    package static let whileSubscribed = Flags(rawValue: 128)
    /// Queued between MULTI and EXEC.
    package static let queued = Flags(rawValue: 256)
    /// Carried out at once between MULTI and EXEC.
    package static let duringMulti = Flags(rawValue: 512)
    /// Its arguments may be secret: neither MONITOR nor SLOWLOG shows them.
    package static let secret = Flags(rawValue: 1024)
  }

  package let name: CommandName
  /// How many arguments, the command's own words included; at least so many if negative.
  package let arity: Int
  package let group: Group
  package let flags: Flags
  package let summary: String
  package let complexity: String
  /// What it answers.
  package let replies: String
  /// Errors of its own; SYNTAX, BADREGEX and TOOBIG of its texts go without saying.
  package let errors: [ErrorCode]
  package let arguments: [ArgumentSpec]
  package let since = "0.1"

  init(
    _ name: CommandName, arity: Int, _ group: Group, _ flags: Flags, _ summary: String,
    complexity: String = "O(1)", replies: String, errors: [ErrorCode] = [],
    _ arguments: [ArgumentSpec] = []
  ) {
    self.name = name
    self.arity = arity
    self.group = group
    self.flags = flags
    self.summary = summary
    self.complexity = complexity
    self.replies = replies
    self.errors = errors
    self.arguments = arguments
  }

  /// `CLIENT LIST`: as a person writes it.
  package var title: String {
    name.rawValue.uppercased().split(separator: "|").joined(separator: " ")
  }

  /// The command that this is a subcommand of, and the subcommand's word.
  package var subcommand: (container: CommandName, word: String)? {
    let words = name.rawValue.split(separator: "|")
    guard words.count == 2, let container = CommandName(rawValue: String(words[0])) else {
      return nil
    }
    return (container, String(words[1]))
  }
}

/// An argument, in the words of Redis's COMMAND DOCS, from which clients make their hints.
package struct ArgumentSpec: Sendable {
  package indirect enum Kind: Sendable {
    case string, integer, double, pattern
    /// Only its token.
    case pureToken
    case oneOf([ArgumentSpec])
    case block([ArgumentSpec])
  }

  package var name: String
  package var kind: Kind
  /// The word that stands before it.
  package var token: String?
  package var isOptional = false
  package var isMultiple = false
  /// Whether the token is repeated with each.
  package var repeatsToken = false
}
