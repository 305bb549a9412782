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

  /// How a query is answered: the plan, and what it costs.
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

  /// The server's connections, as `CLIENT LIST` gives them: one a line, of fields `name=value`.
  ///
  /// ```swift
  /// print(try await octopus.clients())
  /// ```
  ///
  /// - Throws: `refused` by an engine in this process, which has no connections; what every call
  ///   can throw.
  /// - Complexity: O(*n*) in the number of connections.
  public func clients() async throws(OctopusError) -> String {
    try await reply(to: words("CLIENT", "LIST")).checked().asText()
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
}
