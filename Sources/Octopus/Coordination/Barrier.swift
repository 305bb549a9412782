import OctopusSystem
import RESP

extension OctopusClient {
  /// One party's part in a barrier, where n parties wait for each other: once on entering and once
  /// on leaving. It can be used again at once.
  ///
  /// ```swift
  /// let barrier = octopus.barrier("round", parties: 3)
  /// try await barrier.enter()     // returns when three have entered
  /// try await step()
  /// try await barrier.leave()     // returns when all three have left
  /// ```
  ///
  /// A party that is inside leaves when the last reference to this goes.
  public final class Barrier: Sendable {
    let client: OctopusClient
    /// The barrier's name.
    public let name: String
    /// How many parties it takes. All must say the same.
    public let parties: Int
    private let holder: [[UInt8]]
    /// Nil while this party is not inside.
    private let inside = Mutex<HoldGuard?>(nil)

    init(_ client: OctopusClient, _ name: String, parties: Int) {
      self.client = client
      self.name = name
      self.parties = parties
      holder = words("AS", "\(client.session.nextNumber())")
    }

    private var leaveCommand: [[UInt8]] { words("BARRIER", "LEAVE", name) + holder }

    /// Waits until all parties have entered, this one included.
    ///
    /// A party that dies, is cancelled or runs out of time before that is not counted.
    ///
    /// - Parameter timeout: a limit; with zero or less it only tries.
    /// - Returns: the name of the record that stands for this party.
    /// - Throws: `timeout`; `refused` with `busy` if this party is inside, or others wait for
    ///   another number of parties, `gone` if its record was deleted; what every call can throw.
    @discardableResult
    public func enter(timeout: Duration? = nil) async throws(OctopusError) -> String {
      try await enterGuarded(timeout: timeout).member
    }

    private func enterGuarded(
      timeout: Duration?
    ) async throws(OctopusError) -> (member: String, hold: HoldGuard) {
      let leaveAtOnce = leaveCommand + words("TIMEOUT", "0")
      let member = try await client.wait(
        words("BARRIER", "ENTER", name, "\(parties)") + holder, timeout, undo: leaveAtOnce
      ).asName()
      let hold = HoldGuard(client, record: member, releaseCommand: leaveAtOnce)
      // A guard may send when it goes, which is not to happen under the lock.
      let before = inside.withLock { inside in
        defer { inside = hold }
        return inside
      }
      before?.disarm()
      return (member, hold)
    }

    /// Leaves, and waits until all parties of this round have left.
    ///
    /// - Parameter timeout: a limit. This party has left all the same; it may wait again.
    /// - Throws: `timeout`; `refused` with `broken` if one of them died inside, `notHeld` if this
    ///   party is not inside; what every call can throw.
    public func leave(timeout: Duration? = nil) async throws(OctopusError) {
      inside.withLock { $0.take() }?.disarm()
      _ = try await client.wait(leaveCommand, timeout, undo: words("PING"))
    }

    /// Waits until this party is no longer inside through no fault of its own, and returns the
    /// reason: ``OctopusError/lost(_:)`` if somebody deleted its record,
    /// ``OctopusError/connectionLost(_:)`` if the session has ended. Returns nil when it leaves,
    /// and while it is not inside.
    ///
    /// ```swift
    /// if let loss = try await barrier.loss() { stop(because: loss) }
    /// ```
    ///
    /// - Throws: `cancelled`.
    public func loss() async throws(OctopusError) -> OctopusError? {
      try await inside.withLock { $0 }?.loss()
    }

    /// Enters, runs something, and leaves, however that ends. After an error it does not wait for
    /// the others to leave.
    ///
    /// - Throws: as ``enter(timeout:)`` and ``leave(timeout:)``; `lost` if this party's record is
    ///   deleted inside the scope, `connectionLost` if the session ends; what the body throws.
    public func run<Value: Sendable>(
      _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
      try await enterGuarded(timeout: nil).hold.run(body) { () throws(OctopusError) in
        try await leave()
      }
    }
  }

  /// A new party's part in the barrier of a name; nothing is sent.
  public func barrier(_ name: String, parties: Int) -> Barrier {
    Barrier(self, name, parties: parties)
  }
}
