import OctopusRecords
import OctopusSystem
import RESP

extension OctopusClient {
  /// A service that others can find: its record is there until ``withdraw()``, or until the last
  /// reference to this goes, and in any case no longer than the process.
  public final class Service: Sendable {
    private let client: OctopusClient
    private let state: Mutex<(record: Record, revision: Int64, isThere: Bool)>

    init(_ client: OctopusClient, _ record: Record, revision: Int64) {
      self.client = client
      state = Mutex((record, revision, true))
    }

    deinit { if let deletion = letGo() { client.session.send(deletion.arguments) { _ in } } }

    /// The record that others find.
    public var record: Record { state.withLock { $0.record } }

    /// Changes attributes of the record, and leaves the others: a state, a load.
    ///
    /// ```swift
    /// try await service.update(["state": "ready"])
    /// ```
    ///
    /// - Throws: `refused` with `mismatch` if somebody else has changed or deleted the record, or it is
    ///   withdrawn; `syntax`; what every call can throw.
    public func update(_ attributes: KeyValuePairs<String, Value>) async throws(OctopusError) {
      let write: Record
      do throws(SyntaxError) {
        write = try Record(name: record.name, attributes: attributes)
      } catch { throw .refused(.syntax, error.description) }
      let updated = try await client.revisioned(
        .update(Write(write), ifRevision: state.withLock { $0.revision }))
      state.withLock { ($0.record, $0.revision) = (updated.value, updated.revision) }
    }

    /// Takes the record away. To do it again does nothing; nor does it touch a record that somebody
    /// else has put there since.
    ///
    /// - Throws: what every call can throw.
    public func withdraw() async throws(OctopusError) {
      guard let deletion = letGo() else { return }
      do throws(OctopusError) { _ = try await client.run(deletion) } catch .refused(.mismatch, _) {
        // It is another's, or gone.
      }
    }

    private func letGo() -> Command<Int>? {
      state.withLock { state -> Command<Int>? in
        guard state.isThere else { return nil }
        state.isThere = false
        return .delete("\(state.record.name)", ifRevision: state.revision)
      }
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
  ///   - isNumbered: whether there may be several under this name, which does not end in a digit then:
  ///     each gets a number appended.
  /// - Throws: `refused` with `busy` if there is a record of this name; as
  ///   ``set(_:only:ifRevision:transient:)-(Record,_,_,_)``.
  public func register(
    _ record: Record, numbered isNumbered: Bool = false
  ) async throws(OctopusError) -> Service {
    if isNumbered {
      let made = try await revisioned(.setSequential(record, transient: true))
      let pairs = record.attributes.map { ($0.name, $0.value) }
      do throws(SyntaxError) {
        let numbered = try Record(name: made.value, pairs: pairs)
        return Service(self, numbered, revision: made.revision)
      } catch { throw .refused(.syntax, error.description) }
    }
    let made = try await revisioned(.set(Write(record), only: .absent, transient: true))
    guard made.value else {
      throw .refused(.busy, "there is a record \(record.name) already")
    }
    return Service(self, record, revision: made.revision)
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
  ///   - limit: how long to wait; nil: for ever.
  /// - Throws: `timeout`; as ``waitFor(_:timeout:)``.
  public func lookUp(_ query: Query, within limit: Duration?) async throws(OctopusError) -> Record {
    try await waitFor(query, timeout: limit)
  }
}
