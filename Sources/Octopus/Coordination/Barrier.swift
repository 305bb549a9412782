import RESP

extension OctopusClient {
  /// One party's part in a barrier, where so many wait for each other: twice, on entering and on
  /// leaving. At once reusable.
  ///
  /// ```swift
  /// let barrier = octopus.barrier("round", parties: 3)
  /// try await barrier.enter()     // returns when three have entered
  /// try await step()
  /// try await barrier.leave()     // returns when all three have left
  /// ```
  public struct Barrier: Sendable {
    let client: OctopusClient
    /// The barrier's name.
    public let name: String
    /// How many it takes. All must say the same.
    public let parties: Int
    let holder: [[UInt8]]

    /// Waits until as many parties as it takes have entered, this one included.
    ///
    /// One who dies, is cancelled or runs out of time before that is simply not counted.
    ///
    /// - Parameter timeout: a limit; with zero or less it only tries.
    /// - Returns: the name of the record that stands for this party.
    /// - Throws: `timeout`; `refused` with `busy` if this party is inside, or others wait for another
    ///   number of parties, `gone` if its record was deleted; what every call can throw.
    @discardableResult
    public func enter(timeout: Duration? = nil) async throws(OctopusError) -> String {
      try await client.wait(
        words("BARRIER", "ENTER", name, "\(parties)") + holder, timeout,
        giveBack: words("BARRIER", "LEAVE", name) + holder + words("TIMEOUT", "0")
      ).asName()
    }

    /// Leaves, and waits until all that entered with this party have left.
    ///
    /// - Parameter timeout: a limit. This party has left all the same; it may wait again.
    /// - Throws: `timeout`; `refused` with `broken` if one of them died inside, `notHeld` if this party
    ///   is not inside; what every call can throw.
    public func leave(timeout: Duration? = nil) async throws(OctopusError) {
      _ = try await client.wait(
        words("BARRIER", "LEAVE", name) + holder, timeout, giveBack: words("PING"))
    }

    /// Enters, runs something, and leaves, however that ends. After an error it does not wait for the
    /// others to leave.
    ///
    /// - Throws: as ``enter(timeout:)`` and ``leave(timeout:)``; `connectionLost` if the session is
    ///   lost inside the scope; what the body throws.
    public func run<Value: Sendable>(
      _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
      try await enter()
      let hold = Hold(
        client, giveBack: words("BARRIER", "LEAVE", name) + holder + words("TIMEOUT", "0"))
      return try await hold.run(body) { () throws(OctopusError) in
        _ = hold.letGo()
        try await leave()
      }
    }
  }

  /// A new party's part in the barrier of a name; nothing is sent.
  public func barrier(_ name: String, parties: Int) -> Barrier {
    Barrier(
      client: self, name: name, parties: parties,
      holder: words("AS", "\(session.nextNumber())"))
  }
}
