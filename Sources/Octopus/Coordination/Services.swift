import OctopusRecords
import OctopusSystem
import RESP

extension OctopusClient {
  /// A service that others can find: its record is there until ``withdraw()``, or until the last
  /// reference to this goes, and in any case no longer than the process.
  public final class Service: Sendable {
    private let client: OctopusClient
    private let state: Mutex<(record: Record, revision: Int64)>
    private let hold: HoldGuard

    init(
      _ client: OctopusClient, _ record: Record, revision: Int64, _ state: HoldState,
      _ trigger: Registration
    ) {
      self.client = client
      self.state = Mutex((record, revision))
      hold = HoldGuard(
        client, state, trigger, releaseCommand: Self.deletion(of: record, revision))
    }

    /// The record that others find.
    public var record: Record { state.withLock { $0.record } }

    /// Changes attributes of the record, and leaves the others: a state, a load.
    ///
    /// ```swift
    /// try await service.update(["state": "ready"])
    /// ```
    ///
    /// - Throws: `refused` with `mismatch` if somebody else has changed or deleted the record, or
    ///   it is withdrawn; `syntax`; what every call can throw.
    public func update(_ attributes: KeyValuePairs<String, Value>) async throws(OctopusError) {
      let write: Record
      do throws(SyntaxError) {
        write = try Record(name: record.name, attributes: attributes)
      } catch { throw .refused(.syntax, error.description) }
      let updated = try await client.revisioned(
        .update(Write(write), ifRevision: state.withLock { $0.revision }))
      state.withLock { $0 = (updated.value, updated.revision) }
      hold.setReleaseCommand(Self.deletion(of: updated.value, updated.revision))
    }

    /// Deletes the record. To do it again does nothing; nor does it touch a record that somebody
    /// else has put there since.
    ///
    /// ```swift
    /// try await service.withdraw()
    /// ```
    ///
    /// - Throws: what every call can throw.
    public func withdraw() async throws(OctopusError) {
      do throws(OctopusError) { _ = try await hold.release() } catch {
        switch error {
        // It is another's, or gone.
        case .refused(.mismatch, _), .lost: break
        default: throw error
        }
      }
    }

    /// Waits until the record is lost, and returns the reason: ``OctopusError/lost(_:)`` if
    /// somebody deleted it, ``OctopusError/connectionLost(_:)`` if the session has ended. Returns
    /// nil when it is withdrawn.
    ///
    /// ```swift
    /// if let loss = try await service.loss() { print("no longer found:", loss) }
    /// ```
    ///
    /// - Throws: `cancelled`.
    public func loss() async throws(OctopusError) -> OctopusError? { try await hold.loss() }

    private static func deletion(of record: Record, _ revision: Int64) -> [[UInt8]] {
      Command<Int>.delete("\(record.name)", ifRevision: revision).arguments
    }
  }

  /// Lets others find a service, for as long as there is a reference to what this returns.
  ///
  /// ```swift
  /// let service = try await octopus.register("service.web { addr: '10.0.0.7:80', pid: \(pid) }")
  /// ```
  ///
  /// Others look it up by name or by what it says of itself, wait for it with
  /// ``waitFor(_:timeout:)``, and see all services come and go with ``watch(_:)``.
  ///
  /// - Parameters:
  ///   - record: its name, its address and what else others may look for.
  ///   - isNumbered: whether there may be several under this name, which does not end in a digit
  ///     then: each gets a number appended.
  /// - Throws: `refused` with `busy` if there is a record of this name; as
  ///   ``set(_:only:ifRevision:transient:)-(Record,_,_,_)``.
  public func register(
    _ record: Record, numbered isNumbered: Bool = false
  ) async throws(OctopusError) -> Service {
    if isNumbered {
      return try await publish(.setSequential(record, transient: true), when: .always) {
        (name) throws(OctopusError) in
        let pairs = record.attributes.map { ($0.name, $0.value) }
        do throws(SyntaxError) { return try Record(name: name, pairs: pairs) } catch {
          throw .refused(.syntax, error.description)
        }
      }
    }
    return try await publish(
      .set(Write(record), only: .absent, transient: true), when: .missing
    ) { (isSet) throws(OctopusError) in
      guard isSet else { throw .refused(.busy, "there is a record \(record.name) already") }
      return record
    }
  }

  /// Makes a service's record and, in the same step, a trigger for its deletion.
  private func publish<Value>(
    _ command: Command<Value>, when condition: Trigger.Condition,
    _ published: (Value) throws(OctopusError) -> Record
  ) async throws(OctopusError) -> Service {
    let (state, registration) = (HoldState(), Registration(self))
    let arguments =
      command.arguments + words("REV") + Trigger.once(.deleted, when: condition).arguments
    do throws(OctopusError) {
      let parts = try await perform(arguments) {
        [self] (reply) throws(OctopusError) -> [RESPValue] in
        guard let parts = try reply.checked().elements, parts.count == 3 else {
          throw .unexpected(reply)
        }
        if let trigger = parts[1].integer { begin(trigger, state, registration) }
        return parts
      }
      guard let revision = parts[2].integer else { throw .unexpected(.array(parts)) }
      let record = try published(try command.read(parts[0]))
      return Service(self, record, revision: revision, state, registration)
    } catch {
      registration.end()
      throw error
    }
  }

  /// A service that matches, or nil: the first by name.
  ///
  /// ```swift
  /// let web = try await octopus.lookUp("service.web")
  /// let printer = try await octopus.lookUp("_ { kind: 'printer', colour: true }")
  /// ```
  ///
  /// - Throws: as ``get(_:)``. To wait for one use ``lookUp(_:within:)``.
  public func lookUp(_ query: Query) async throws(OctopusError) -> Record? {
    try await get(query)
  }

  /// A service that matches; waits until there is one.
  ///
  /// - Parameters:
  ///   - query: a name, or what the service must say of itself.
  ///   - limit: how long to wait; nil: forever.
  /// - Throws: `timeout`; as ``waitFor(_:timeout:)``.
  public func lookUp(_ query: Query, within limit: Duration?) async throws(OctopusError) -> Record {
    try await waitFor(query, timeout: limit)
  }
}
