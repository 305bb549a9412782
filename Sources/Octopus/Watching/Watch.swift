import OctopusRecords
import RESP

extension OctopusClient {
  /// The records that match a query, and then what happens to them.
  ///
  /// Each iteration observes anew: it begins with every matching record, as
  /// ``Change/Kind/existing`` and in natural order of names, and goes on with each change since,
  /// none missed and none twice. It ends by an error only; see ``Changes``.
  public struct Watch: AsyncSequence, Sendable {
    public typealias Element = Change
    public typealias Failure = OctopusError

    let client: OctopusClient
    let query: Query

    /// Starts an iteration; nothing is sent before the first `next`.
    public func makeAsyncIterator() -> AsyncIterator {
      AsyncIterator(client: client, query: query)
    }

    /// Gives one change after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
      private enum Phase {
        case unstarted(OctopusClient, Query)
        case existing(Observation, next: Int)
        case changes(Changes.AsyncIterator)
        case ended
      }

      private var phase: Phase

      init(client: OctopusClient, query: Query) { phase = .unstarted(client, query) }

      /// The next change; waits until there is one. Never nil before an error.
      ///
      /// - Throws: as ``OctopusClient/observe(_:)`` when the watch begins; `overflow`,
      ///   `connectionLost`, `cancelled` or `protocolViolation` later. Nil after it.
      public mutating func next(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Change? {
        do throws(OctopusError) {
          return try await advance()
        } catch {
          phase = .ended
          throw error
        }
      }

      private mutating func advance(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Change? {
        if Task.isCancelled { throw .cancelled }
        if case .unstarted(let client, let query) = phase {
          phase = .existing(try await client.observe(query), next: 0)
        }
        if case .existing(let observation, let index) = phase {
          if index < observation.records.count {
            phase = .existing(observation, next: index + 1)
            return Change(
              kind: .existing, record: observation.records[index], revision: observation.revision)
          }
          phase = .changes(observation.changes.makeAsyncIterator())
        }
        guard case .changes(var changes) = phase else { return nil }
        return try await changes.next()
      }
    }
  }

  /// What matched a query at one moment, and everything since.
  public struct Observation: Sendable {
    /// The records that matched, in natural order of names.
    public let records: [Record]
    /// The revision at which they did.
    public let revision: Int64
    /// Every change after that revision.
    public let changes: Changes
  }

  /// The records that match a query, and then what happens to them, as one sequence.
  ///
  /// ```swift
  /// for try await change in octopus.watch("r'^hw\\.pci\\.device\\.' { class: 0x0c }") {
  ///   print(change.kind, change.record)   // first all that exist, then each change
  /// }
  /// ```
  ///
  /// Nothing is sent before the iteration begins. To know when the watch stands, or to have the
  /// records that exist at once, use ``observe(_:)``.
  public func watch(_ query: Query) -> Watch { Watch(client: self, query: query) }

  /// The records that match a query at one moment, and a persistent trigger for all changes after
  /// it.
  ///
  /// ```swift
  /// let observed = try await octopus.observe("_ { kind: 'printer' }")
  /// var printers = Set(observed.records.map(\.name))
  /// for try await change in observed.changes {
  ///   if change.isPresent { printers.insert(change.record.name) }
  ///   else { printers.remove(change.record.name) }
  /// }
  /// ```
  ///
  /// A result that would take the server more than one step is fetched in pages, to which the
  /// client applies the changes that happen meanwhile.
  ///
  /// - Throws: `refused` with `syntax`, `badRegex`, `tooBig` or `limit`; what every call can throw.
  /// - Complexity: as ``find(_:limit:after:)``.
  public func observe(_ query: Query) async throws(OctopusError) -> Observation {
    do throws(OctopusError) {
      return try await observeInOneStep(query)
    } catch {
      guard error.code == .limit else { throw error }
      return try await observeInPages(query)
    }
  }

  private func observeInOneStep(_ query: Query) async throws(OctopusError) -> Observation {
    let buffer = StreamBuffer<TriggerEvent>(limit: options.bufferLimit)
    let registration = Registration(self)
    let owner = RegistrationOwner(registration)
    let parts = try await perform(words("OBSERVE") + [query.text]) {
      [self] (reply) throws(OctopusError) in
      guard let parts = try reply.checked().elements, parts.count == 3,
        let trigger = parts[0].integer
      else { throw .unexpected(reply) }
      begin(trigger, buffer, registration)
      return parts
    }
    guard let revision = parts[1].integer else { throw .unexpected(.array(parts)) }
    return Observation(
      records: try [Record](reply: parts[2]), revision: revision,
      changes: Changes(buffer: buffer, owner: owner))
  }
}
