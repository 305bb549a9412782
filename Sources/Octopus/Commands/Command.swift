import OctopusRecords
import RESP

extension OctopusClient {
  /// A command that has not been sent: what it says, and what it answers.
  ///
  /// ```swift
  /// let read = OctopusClient.Command.get("counter")
  /// let (record, revision) = try await octopus.run(read).parts
  /// ```
  ///
  /// The everyday commands are methods of ``OctopusClient``. As a value a command can be part of a
  /// transaction, ``OctopusClient/transaction(_:)``, carry a trigger,
  /// ``OctopusClient/run(_:trigger:)``, or be asked for the revision,
  /// ``OctopusClient/revisioned(_:)``.
  public struct Command<Value: Sendable>: Sendable {
    /// The command's name and its arguments, as they are sent.
    let arguments: [[UInt8]]
    /// Reads the reply.
    let read: @Sendable (RESPValue) throws(OctopusError) -> Value

    init(
      _ arguments: [[UInt8]],
      read: @escaping @Sendable (RESPValue) throws(OctopusError) -> Value
    ) {
      self.arguments = arguments
      self.read = { (reply) throws(OctopusError) in try read(try reply.checked()) }
    }

    /// The same command without its answer, so that commands of several kinds can be in a list.
    package var withoutAnswer: Command<Void> { Command<Void>(arguments) { _ in } }
  }

  /// A value, and the revision that it reflects.
  public struct Revisioned<Value: Sendable>: Sendable {
    /// What the command answered.
    public let value: Value
    /// Of `get` the revision of the record, or 0 if there is none, to be used with `ifRevision`; of
    /// a write the revision that it made; of everything else the store's.
    public let revision: Int64
  }

  /// Carries out a command.
  ///
  /// ```swift
  /// let record = try await octopus.run(.get("counter"))
  /// ```
  ///
  /// - Throws: `refused`; what every call can throw: `connectionLost`, `cancelled`,
  ///   `protocolViolation`.
  public func run<Value>(_ command: Command<Value>) async throws(OctopusError) -> Value {
    // Read by the task, not where it arrives: large replies keep nobody waiting.
    try command.read(try await reply(to: command.arguments))
  }

  /// Carries out a command and gives the revision with its answer.
  ///
  /// ```swift
  /// let read = try await octopus.revisioned(.get("config"))
  /// try await octopus.set("config { size: 4 }", ifRevision: read.revision)
  /// ```
  ///
  /// `get`, `names`, `find`, `exists`, `set`, `setSequential`, `update` and `delete` can be asked.
  ///
  /// - Throws: `refused`, with `syntax` for any other command; what every call can throw.
  public func revisioned<Value>(
    _ command: Command<Value>
  ) async throws(OctopusError) -> Revisioned<Value> {
    let reply = try await reply(to: command.arguments + words("REV")).checked()
    guard let parts = reply.elements, parts.count == 2, let revision = parts[1].integer else {
      throw .unexpected(reply)
    }
    return Revisioned(value: try command.read(parts[0]), revision: revision)
  }

  /// Sends a command and waits for its reply.
  func reply(to arguments: [[UInt8]]) async throws(OctopusError) -> RESPValue {
    try await perform(arguments) { $0 }
  }
}

/// A command's arguments, of plain text.
func words(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

// What replies are read as.

extension RESPValue {
  func asInteger() throws(OctopusError) -> Int {
    guard let value = integer.flatMap({ Int(exactly: $0) }) else { throw .unexpected(self) }
    return value
  }

  func asText() throws(OctopusError) -> String {
    guard let text else { throw .unexpected(self) }
    return text
  }

  func asRecord() throws(OctopusError) -> Record {
    guard let bytes else { throw .unexpected(self) }
    return try Record(reply: bytes)
  }

  /// A name, which comes in text form, as it is.
  func asName() throws(OctopusError) -> String { try asRecord().name }

  /// The answer of something that may find nothing.
  func asOptional<Value>(
    _ read: (RESPValue) throws(OctopusError) -> Value
  ) throws(OctopusError) -> Value? {
    isNull ? nil : try read(self)
  }

  func asArray<Value>(
    of read: (RESPValue) throws(OctopusError) -> Value
  ) throws(OctopusError) -> [Value] {
    guard let elements else { throw .unexpected(self) }
    var values: [Value] = []
    values.reserveCapacity(elements.count)
    for element in elements { values.append(try read(element)) }
    return values
  }
}

extension [Record] {
  init(reply: RESPValue) throws(OctopusError) {
    self = try reply.asArray { (reply) throws(OctopusError) in try reply.asRecord() }
  }
}
