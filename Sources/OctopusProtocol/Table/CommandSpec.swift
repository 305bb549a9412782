import OctopusEngine
import OctopusSystem

/// A row of the command table: all that is known about a command besides how it is carried out.
package struct CommandSpec: Sendable {
  package enum Group: String, Sendable, CaseIterable {
    case records, watching, coordination, transactions, connection, server
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
    /// Holds memory, so it is refused where the memory limit is reached.
    package static let growing = Flags(rawValue: 2048)
  }

  package let name: CommandName
  /// As the protocol has it: `get`, `client|list`.
  package let text: String
  /// For a subcommand, the command's word and its own.
  package let subcommandWords: (container: String, own: String)?
  /// The number of arguments, the command's own words included; negative: the least number,
  /// negated.
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
  package let since = Version.first

  init(
    _ name: CommandName, _ text: String? = nil, runs operation: OctopusEngine.Operation.Kind? = nil,
    arity: Int, _ group: Group, _ flags: Flags, _ summary: String,
    complexity: String = "O(1)", replies: String, errors: [ErrorCode] = [],
    _ arguments: [ArgumentSpec] = []
  ) {
    self.name = name
    self.text = text ?? "\(name)"
    let words = self.text.split(separator: "|").map { String($0) }
    subcommandWords = words.count == 2 ? (words[0], words[1]) : nil
    self.arity = arity
    self.group = group
    self.flags = flags.union(Flags(operation?.traits ?? []))
    self.summary = summary
    self.complexity = complexity
    self.replies = replies
    self.errors = errors
    self.arguments = arguments
  }

  /// `CLIENT LIST`: as a person writes it.
  package var title: String {
    text.uppercased().split(separator: "|").joined(separator: " ")
  }

  /// `CLIENT LIST [TYPE <NORMAL | PUBSUB>] …`
  package var syntax: String {
    ([title] + arguments.map(\.description)).joined(separator: " ")
  }
}

extension CommandSpec.Flags {
  /// The flags of a command that runs an operation of the engine with these traits.
  fileprivate init(_ traits: OctopusEngine.Operation.Traits) {
    self = []
    if traits.contains(.blocking) { insert(.blocking) }
    if traits.contains(.transactional) { insert(.queued) }
  }
}
