import OctopusRecords
import RESP

extension OctopusClient {
  /// An election: candidates wait in order, and the first of them leads until it resigns or its
  /// session ends. Every client can see the leader, and where to reach it.
  ///
  /// ```swift
  /// let election = octopus.election("indexer")
  /// try await election.campaign(with: ["addr": "10.0.0.7:80"]) { leadership in
  ///   try await lead(fencingToken: leadership.token)    // resigns at the end of the scope
  /// }
  /// ```
  ///
  /// It is a lock whose members carry an address; the leader is `GET "_ { lock: 'indexer' }"`.
  public struct Election: Sendable {
    let client: OctopusClient
    /// The election's name.
    public let name: String

    /// Waits until this candidate leads, and runs something as long as it does.
    ///
    /// - Parameters:
    ///   - attributes: what others learn of the leader, its address above all.
    ///   - timeout: a limit on waiting; with zero or less it only tries.
    ///   - body: what the leader does. It is cancelled if the leadership is lost; the end of the
    ///     scope resigns.
    /// - Throws: as ``OctopusClient/withLock(_:shared:timeout:_:)``; `refused` with `syntax` for an
    ///   attribute `lock` or `mode`, or what cannot be an attribute.
    public func campaign<Value: Sendable>(
      with attributes: KeyValuePairs<String, Octopus.Value> = [:], timeout: Duration? = nil,
      _ body: @Sendable (Lock) async throws -> Value
    ) async throws -> Value {
      try await campaign(with: attributes, timeout: timeout).run(body)
    }

    /// Waits until this candidate leads. It resigns by ``Lock/release()``, or when the last
    /// reference to what this returns goes; ``Lock/loss()`` says when it is voted out.
    ///
    /// ```swift
    /// let leadership = try await election.campaign(with: ["addr": "10.0.0.7:80"])
    /// ```
    ///
    /// - Throws: as ``OctopusClient/lock(_:shared:timeout:)``; `refused` with `syntax`.
    public func campaign(
      with attributes: KeyValuePairs<String, Octopus.Value> = [:], timeout: Duration? = nil
    ) async throws(OctopusError) -> Lock {
      try await campaign(pairs: attributes.map { ($0.key, $0.value) }, timeout: timeout)
    }

    /// Waits until this candidate leads: ``campaign(with:timeout:)`` for attributes that are not
    /// known before the program runs.
    ///
    /// ```swift
    /// let leadership = try await election.campaign(pairs: options.map { ($0.name, .string($0.text)) })
    /// ```
    ///
    /// - Throws: as ``campaign(with:timeout:)``.
    public func campaign(
      pairs: [(String, Octopus.Value)], timeout: Duration? = nil
    ) async throws(OctopusError) -> Lock {
      let body: Record
      do throws(SyntaxError) {
        body = try Record(name: "_", pairs: pairs)
      } catch { throw .refused(.syntax, error.description) }
      let text = body.text.drop { $0 != UInt8(ascii: "{") }
      return try await client.lock(name, words("WITH") + [Array(text)], timeout)
    }

    /// The leader; nil: nobody leads.
    ///
    /// ```swift
    /// let addr = try await octopus.election("indexer").leader()?.record["addr"]?.text
    /// ```
    ///
    /// - Throws: what every call can throw.
    public func leader() async throws(OctopusError) -> Leader? {
      let first = try await client.revisioned(.get(members))
      return first.value.map { Leader(record: $0, token: first.revision) }
    }

    /// The leader, and then each new leader; nil while there is none.
    ///
    /// ```swift
    /// for try await leader in election.leaders {
    ///   print(leader?.record["addr"]?.text ?? "nobody")
    /// }
    /// ```
    public var leaders: Leaders { Leaders(election: self) }

    fileprivate var members: Query { "_ { lock: \(name) }" }
  }

  /// The leader of an election.
  public struct Leader: Sendable, Hashable {
    /// The record that it campaigned with, its address in it.
    public let record: Record
    /// Its fencing token: higher than that of every leader before.
    public let token: Int64
  }

  /// The leaders of an election, one after the other. Ends by an error only, like a ``Watch``.
  public struct Leaders: AsyncSequence, Sendable {
    public typealias Element = Leader?
    public typealias Failure = OctopusError

    let election: Election

    /// Starts an iteration; nothing is sent before the first `next`.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(election: election) }

    /// Gives one leader after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
      private let election: Election
      private var changes: Changes.AsyncIterator?
      /// Candidates by their numbers. The token of one that was there at the start is not known.
      private var candidates: [Int64: (record: Record, token: Int64?)] = [:]
      private var leading: Int64?

      init(election: Election) { self.election = election }

      /// The next leader; waits for a change. An inner nil means that nobody leads.
      ///
      /// - Throws: `overflow`, `connectionLost`, `cancelled` or `protocolViolation`.
      /// - Complexity: O(*n*) in the candidates.
      public mutating func next(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Leader?? {
        if changes == nil {
          try await begin()
          return .some(try await current())
        }
        while let change = try await changes?.next() {
          guard let number = number(of: change.record) else { continue }
          candidates[number] = change.isPresent ? (change.record, change.revision) : nil
          guard candidates.keys.min() != leading else { continue }
          return .some(try await current())
        }
        return nil
      }

      private mutating func begin(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) {
        let observation = try await election.client.observe(election.members)
        changes = observation.changes.makeAsyncIterator()
        for record in observation.records {
          if let number = number(of: record) { candidates[number] = (record, nil) }
        }
      }

      private mutating func current(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Leader? {
        while true {
          leading = candidates.keys.min()
          guard let leading, let (record, known) = candidates[leading] else { return nil }
          if let known { return Leader(record: record, token: known) }
          let now = try await election.client.revisioned(.get("\(record.name)"))
          if now.value != nil { return Leader(record: record, token: now.revision) }
          // Gone meanwhile, as the changes to come will say.
          candidates[leading] = nil
        }
      }

      private func number(of record: Record) -> Int64? {
        record.name.hasPrefix("\(election.name)_")
          ? Int64(record.name.dropFirst(election.name.count + 1)) : nil
      }
    }
  }

  /// The election of a name; nothing is sent.
  public func election(_ name: String) -> Election { Election(client: self, name: name) }
}
