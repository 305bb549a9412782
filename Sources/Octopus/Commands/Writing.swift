import OctopusRecords
import RESP

extension OctopusClient {
  /// Whether a record of the name must be there for a set.
  public enum Presence: String, Sendable, Hashable {
    /// Only if there is none.
    case absent = "NX"
    /// Only if there is one.
    case present = "XX"
  }
}

extension OctopusClient.Command {
  /// Setting a record, as a value.
  public static func set(
    _ write: Write, only presence: OctopusClient.Presence? = nil, ifRevision: Int64? = nil,
    transient: Bool = false
  ) -> Self where Value == Bool {
    let options =
      (presence.map { words($0.rawValue) } ?? []) + condition(ifRevision)
      + (transient ? words("TRANSIENT") : [])
    return Self(words("SET") + [write.text] + options) { (reply) throws(OctopusError) in
      if reply.isNull { return false }
      guard reply.text == "OK" else { throw .unexpected(reply) }
      return true
    }
  }

  /// ``OctopusClient/setSequential(_:transient:)`` as a value.
  public static func setSequential(
    _ record: Record, transient: Bool = false
  ) -> Self where Value == String {
    let options = transient ? words("TRANSIENT") : []
    return Self(words("SETSEQ") + [record.text] + options) { (reply) throws(OctopusError) in
      try reply.asName()
    }
  }

  /// ``OctopusClient/update(_:remove:add:ifRevision:)`` as a value.
  ///
  /// - Complexity: constant; running it costs as much as the method.
  public static func update(
    _ write: Write, remove: [String] = [], add: KeyValuePairs<String, Octopus.Value> = [:],
    ifRevision: Int64? = nil
  ) -> Self where Value == Record {
    let changes =
      remove.flatMap { words("REMOVE") + [Record.nameText(of: $0)] }
      + add.flatMap { words("ADD") + [Record.nameText(of: $0.key)] + words($0.value.description) }
    return Self(
      words("UPDATE") + [write.text] + condition(ifRevision) + changes + words("RETURN")
    ) { (reply) throws(OctopusError) in try reply.asRecord() }
  }

  /// ``OctopusClient/delete(_:all:ifRevision:)`` as a value.
  public static func delete(
    _ query: Query, all: Bool = false, ifRevision: Int64? = nil
  ) -> Self where Value == Int {
    Self(
      words("DEL") + [query.text] + (all ? words("ALL") : []) + condition(ifRevision)
    ) { (reply) throws(OctopusError) in try reply.asInteger() }
  }

  /// ``OctopusClient/publish(_:)`` as a value.
  public static func publish(_ record: Record) -> Self where Value == Int {
    Self(words("PUBLISH") + [record.text]) { (reply) throws(OctopusError) in
      try reply.asInteger()
    }
  }

  private static func condition(_ revision: Int64?) -> [[UInt8]] {
    revision.map { words("IF", "\($0)") } ?? []
  }
}

extension OctopusClient {
  /// Sets a record: what it says replaces the whole record of its name.
  ///
  /// ```swift
  /// try await octopus.set("service.web { state: 'ready', port: \(port) }", transient: true)
  /// try await octopus.set("counter { value: 5, value == 4 }")      // compare and set
  /// let isFirst = try await octopus.set("leader { pid: \(pid) }", only: .absent)
  /// ```
  ///
  /// `a: value` assigns; any other comparison is a condition on the record that is there.
  ///
  /// - Parameters:
  ///   - write: the record to be, and conditions on the one that is there.
  ///   - presence: whether a record of this name must be there, or must not.
  ///   - ifRevision: the revision that the record must have; 0: it must not be there.
  ///   - transient: whether the record goes with this client's session.
  /// - Returns: false only if `presence` did not hold; then nothing was changed.
  /// - Throws: `refused` with `mismatch` if a condition or the revision does not hold, `noName`,
  ///   `syntax`, `tooBig`, `outOfMemory`, `readOnly` or `noPermission`; what every call can throw.
  @discardableResult
  public func set(
    _ write: Write, only presence: Presence? = nil, ifRevision: Int64? = nil,
    transient: Bool = false
  ) async throws(OctopusError) -> Bool {
    try await run(
      .set(write, only: presence, ifRevision: ifRevision, transient: transient))
  }

  /// Sets a record that is at hand.
  ///
  /// ```swift
  /// let record = try Record(name: "host", attributes: ["cores": 8])
  /// try await octopus.set(record)
  /// ```
  ///
  /// - Throws: as ``set(_:only:ifRevision:transient:)-(Write,_,_,_)``, but no `mismatch` for
  ///   conditions.
  // A literal is a `Write`, which can have conditions.
  @_disfavoredOverload
  @discardableResult
  public func set(
    _ record: Record, only presence: Presence? = nil, ifRevision: Int64? = nil,
    transient: Bool = false
  ) async throws(OctopusError) -> Bool {
    try await set(
      Write(record), only: presence, ifRevision: ifRevision, transient: transient)
  }

  /// Sets a record under its name and the next number that was never given with that name.
  ///
  /// ```swift
  /// let name = try await octopus.setSequential("job_ { file: \(path) }")   // job_0, job_1, …
  /// ```
  ///
  /// - Parameters:
  ///   - record: the record; its name is the part before the number, and does not end in a digit.
  ///   - transient: whether the record goes with this client's session.
  /// - Returns: the new name, plain.
  /// - Throws: `refused` with `noName`, `syntax`, `tooBig`, `limit`, `outOfMemory`, `readOnly` or
  ///   `noPermission`; what every call can throw.
  @discardableResult
  public func setSequential(
    _ record: Record, transient: Bool = false
  ) async throws(OctopusError) -> String {
    try await run(.setSequential(record, transient: transient))
  }

  /// Changes attributes of the record that is there, and leaves its others as they are.
  ///
  /// ```swift
  /// let visits = try await octopus.update("page", add: ["visits": 1])["visits"]
  /// try await octopus.update("device { driver: 'e1000' }", remove: ["pending"])
  /// ```
  ///
  /// - Parameters:
  ///   - write: attributes to be, and conditions on the record that is there.
  ///   - remove: names of attributes to remove, neither quoted nor escaped; one that is not there
  ///     is no error.
  ///   - add: numbers to add to attributes; one that is not there counts as 0.
  ///   - ifRevision: the revision that the record must have.
  /// - Returns: the record as it is now.
  /// - Throws: `refused` with `mismatch` if there is no such record or a condition does not hold,
  ///   otherwise as `set`.
  /// - Complexity: that of `set`, with the attributes that are removed and added.
  @discardableResult
  public func update(
    _ write: Write, remove: [String] = [], add: KeyValuePairs<String, Value> = [:],
    ifRevision: Int64? = nil
  ) async throws(OctopusError) -> Record {
    try await run(.update(write, remove: remove, add: add, ifRevision: ifRevision))
  }

  /// Deletes a record by name or, with `all`, every record that matches.
  ///
  /// ```swift
  /// try await octopus.delete("job_7")
  /// try await octopus.delete("job_7 { state: 'done' }")          // only if it is done
  /// let count = try await octopus.delete("r'^job_' { state: 'done' }", all: true)
  /// ```
  ///
  /// - Parameters:
  ///   - query: a name, with conditions if need be, or with `all` any query.
  ///   - all: whether the query may be about many.
  ///   - ifRevision: the revision that the record must have.
  /// - Returns: how many were deleted; 0 if there was none.
  /// - Throws: `refused` with `mismatch` if the record is there and a condition does not hold,
  ///   `noName` for a pattern without `all`, `syntax`, `badRegex`, `limit` or `noPermission`; what
  ///   every call can throw.
  /// - Complexity: O(1) for a name; with `all` as ``find(_:limit:after:)``.
  @discardableResult
  public func delete(
    _ query: Query, all: Bool = false, ifRevision: Int64? = nil
  ) async throws(OctopusError) -> Int {
    try await run(.delete(query, all: all, ifRevision: ifRevision))
  }

  /// Hands a record to everyone with a subscription that matches it. Nothing is stored.
  ///
  /// ```swift
  /// try await octopus.publish("job { file: \(path), priority: 4 }")
  /// ```
  ///
  /// - Returns: how many sessions got it.
  /// - Throws: `refused` with `syntax`, `noName` or `tooBig`; what every call can throw.
  /// - Complexity: O(*k*) in the subscriptions that match, and those that nearly do.
  @discardableResult
  public func publish(_ record: Record) async throws(OctopusError) -> Int {
    try await run(.publish(record))
  }
}
