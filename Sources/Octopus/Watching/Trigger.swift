import RESP

extension OctopusClient {
  /// Reports when records that match a command's query are set, deleted, or match no longer. It is
  /// installed in the same step as the command.
  ///
  /// ```swift
  /// // Read the job, and follow its changes.
  /// let job = try await octopus.run(.get("job_1"), trigger: .persistent(.any, when: .found))
  /// ```
  ///
  /// After a write the trigger's query is the resulting record's exact name, otherwise the
  /// command's query. It never reports its own step.
  public struct Trigger: Sendable, Hashable {
    /// The events that it reports.
    public enum Kind: String, Sendable, Hashable {
      /// A record was set or updated, and matches now.
      case set = "SET"
      /// A matching record was deleted.
      case deleted = "DEL"
      /// A matching record was changed so that it matches no longer.
      case out = "OUT"
      /// All of them.
      case any = "ANY"
    }

    /// On what installing it depends.
    public enum Condition: String, Sendable, Hashable {
      /// It is installed in any case.
      case always
      /// Only if the read found something or, for a write, if the named record was there before.
      case found
      /// Only if the read found nothing or, for a write, if the named record was not there before.
      case missing
    }

    /// The events that it reports.
    public var kind: Kind
    /// Whether it goes on after its first event.
    public var isPersistent: Bool
    /// On what installing it depends.
    public var condition: Condition

    /// A trigger that reports one event.
    public static func once(_ kind: Kind, when condition: Condition = .always) -> Trigger {
      Trigger(kind: kind, isPersistent: false, condition: condition)
    }

    /// A trigger that reports events until it is removed.
    public static func persistent(_ kind: Kind, when condition: Condition = .always) -> Trigger {
      Trigger(kind: kind, isPersistent: true, condition: condition)
    }

    /// As a command's last arguments.
    var arguments: [[UInt8]] {
      words("TRIGGER", kind.rawValue) + (isPersistent ? words("PERSIST") : [])
        + words("WHEN", condition.rawValue)
    }
  }

  /// What a command answered, and the trigger that it installed in the same step.
  public struct Triggered<Value: Sendable>: Sendable {
    /// The answer. A write whose condition did not hold is a failure with the code `mismatch`, and
    /// its trigger stands all the same.
    public let result: Result<Value, OctopusError>
    /// The revision, as in ``Revisioned/revision``.
    public let revision: Int64
    /// The events to come; nil if the trigger's condition was not met.
    public let changes: Changes?

    /// The answer; throws what the command was refused with.
    public var value: Value { get throws(OctopusError) { try result.get() } }
  }

  /// Carries out a command and installs a trigger in the same step.
  ///
  /// ```swift
  /// let reply = try await octopus.run(.get("leader"), trigger: .once(.deleted, when: .found))
  /// if let leader = try reply.value, let changes = reply.changes {
  ///   print("led by", leader)
  ///   for try await _ in changes { print("the leader has gone") }
  /// }
  /// ```
  ///
  /// `get`, `names`, `find`, `exists`, `set`, `setSequential`, `update` and `delete` can carry a
  /// trigger.
  ///
  /// - Throws: `refused` if nothing was done, `syntax` for any other command; what every call can
  ///   throw. A condition that does not hold is in ``Triggered/result``.
  public func run<Value>(
    _ command: Command<Value>, trigger: Trigger
  ) async throws(OctopusError) -> Triggered<Value> {
    let buffer = StreamBuffer<TriggerEvent>(limit: options.bufferLimit)
    let registration = Registration(self)
    let owner = RegistrationOwner(registration)
    let arguments = command.arguments + words("REV") + trigger.arguments
    let (parts, isInstalled) = try await perform(arguments) {
      [self] (reply) throws(OctopusError) -> ([RESPValue], Bool) in
      guard let parts = try reply.checked().elements, parts.count == 3 else {
        throw .unexpected(reply)
      }
      guard let trigger = parts[1].integer else { return (parts, false) }
      begin(trigger, buffer, registration)
      return (parts, true)
    }
    guard let revision = parts[2].integer else { throw .unexpected(.array(parts)) }
    return Triggered(
      result: Self.outcome(.success(parts[0]), command.read), revision: revision,
      changes: isInstalled ? Changes(buffer: buffer, owner: owner) : nil)
  }
}
