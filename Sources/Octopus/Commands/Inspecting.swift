import OctopusRecords
import RESP

extension OctopusClient {
  /// How a query would be answered: by which index, among how many candidates.
  public struct Plan: Sendable, Hashable, CustomStringConvertible {
    /// One line of a plan.
    public struct Field: Sendable, Hashable {
      /// What it is about, such as `index` or `candidates`.
      public let name: String
      /// What it says.
      public let value: String
    }

    /// Everything that the plan says, in its order.
    public let fields: [Field]

    /// What the plan says about something; nil if nothing.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// One field a line.
    public var description: String {
      fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
    }
  }

  /// How a query is answered, for people who wonder why it is slow.
  ///
  /// ```swift
  /// print(try await octopus.explain("_ { class: 'net' }"))
  /// ```
  ///
  /// - Throws: `refused` with `syntax`, `badRegex`, `tooBig` or `limit`; what every call can throw.
  public func explain(_ query: Query) async throws(OctopusError) -> Plan {
    let reply = try await reply(to: words("EXPLAIN") + [query.text]).checked()
    guard let entries = reply.entries else { throw .unexpected(reply) }
    var fields: [Plan.Field] = []
    for entry in entries {
      let name = try entry.key.asText()
      if let number = entry.value.integer {
        fields.append(Plan.Field(name: name, value: "\(number)"))
      } else {
        fields.append(Plan.Field(name: name, value: try entry.value.asText()))
      }
    }
    return Plan(fields: fields)
  }

  /// The server's figures, as `INFO` gives them: lines of `name:value` under headings.
  ///
  /// ```swift
  /// print(try await octopus.info(section: "memory"))
  /// ```
  ///
  /// - Throws: what every call can throw.
  public func info(section: String? = nil) async throws(OctopusError) -> String {
    let section = section.map { words($0) } ?? []
    return try await reply(to: words("INFO") + section).checked().asText()
  }

  /// Asks for a sign of life. All that this client sent before has been done when it returns.
  ///
  /// ```swift
  /// try await octopus.ping()
  /// ```
  ///
  /// - Throws: what every call can throw.
  public func ping() async throws(OctopusError) {
    _ = try await reply(to: words("PING")).checked()
  }

  /// Sends a command as a person typed it, and gives the reply as it comes, errors included.
  ///
  /// Events of its triggers and messages of its subscriptions go to `onUnclaimedPush`. Commands that would
  /// take the connection from under the library are refused.
  package func command(_ arguments: [String]) async throws(OctopusError) -> RESPValue {
    guard let name = arguments.first?.uppercased() else {
      throw .refused(.error, "an empty command")
    }
    if ["HELLO", "RESET", "MONITOR", "BIND"].contains(name) {
      throw .refused(.error, "\(name) needs a connection of its own")
    }
    let isSubscribing = name.hasSuffix("SUBSCRIBE")
    if isSubscribing, arguments.count < 2 {
      throw .refused(.error, "\(name) needs a query")
    }
    return try await perform(
      arguments.map { Array($0.utf8) },
      expecting: isSubscribing ? .acknowledgements(arguments.count - 1) : .reply
    ) { $0 }
  }

  /// Takes what comes unasked and belongs to no sequence: events and messages of raw commands.
  /// Called where they are read: it must not block.
  package func onUnclaimedPush(_ handler: (@Sendable (RESPValue) -> Void)?) {
    session.onUnclaimed(handler)
  }
}
