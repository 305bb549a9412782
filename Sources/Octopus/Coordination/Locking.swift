import OctopusRecords
import RESP

extension OctopusClient {
  /// A lock that is held, until ``release()`` or until the last reference to this goes.
  public final class Lock: Sendable {
    /// The lock's name.
    public let name: String
    /// The fencing token. It is higher than that of every earlier holder, over restarts of the
    /// server too: storage that refuses lower tokens is safe from holders that have lost the lock.
    public let token: Int64
    /// The name of the record that stands for this holder in the queue.
    public let member: String
    private let hold: HoldGuard

    init(_ name: String, token: Int64, member: String, _ hold: HoldGuard) {
      self.name = name
      self.token = token
      self.member = member
      self.hold = hold
    }

    /// Releases the lock to the next waiter. To do it again does nothing.
    ///
    /// ```swift
    /// try await lock.release()
    /// ```
    ///
    /// - Throws: `lost` if the member's record was deleted, so that the lock has passed on;
    ///   `connectionLost`; `cancelled`, in a cancelled task, which has released it too.
    public func release() async throws(OctopusError) {
      guard let reply = try await hold.release() else { return }
      guard try reply.asInteger() == 1 else { throw .lost(member) }
    }

    /// Waits until the lock is lost, and returns the reason: ``OctopusError/lost(_:)`` if somebody
    /// deleted the member's record, ``OctopusError/connectionLost(_:)`` if the session has ended.
    /// Returns nil when the lock is released.
    ///
    /// ```swift
    /// let lock = try await octopus.lock("printer")
    /// let watchdog = Task {
    ///   if let loss = try await lock.loss() { printer.stop(because: loss) }
    /// }
    /// ```
    ///
    /// Any number of tasks may wait for it. Between the loss and its being noticed another holder
    /// may have begun: only the fencing token protects what must never be shared.
    ///
    /// - Throws: `cancelled`.
    public func loss() async throws(OctopusError) -> OctopusError? { try await hold.loss() }

    func run<Value: Sendable>(
      _ body: @Sendable (Lock) async throws -> Value
    ) async throws -> Value {
      try await hold.run(
        { try await body(self) },
        release: { () throws(OctopusError) in
          try await self.release()
        })
    }
  }

  /// Runs something while holding a lock, which waits for its turn first: first come, first served.
  ///
  /// ```swift
  /// try await octopus.withLock("printer") { lock in
  ///   try await printer.print(page, fencingToken: lock.token)
  /// }
  /// ```
  ///
  /// The lock is released however the scope ends: by its end, by an error, by cancellation, or by
  /// the death of the process. Each scope is a holder of its own, so the tasks of one process
  /// contend like anybody else; one that waits inside for the lock that it holds waits forever.
  ///
  /// - Parameters:
  ///   - name: the lock. There is nothing to create.
  ///   - shared: whether others that share may hold it at the same time.
  ///   - timeout: a limit on waiting; with zero or less it only tries.
  ///   - body: what to do. It is cancelled if the lock is lost meanwhile.
  /// - Throws: `timeout`; `lost` if somebody deleted the record that holds the lock,
  ///   `connectionLost` if the session ended inside the scope; `refused` with `gone` if somebody
  ///   deleted the record that waits; what the body throws; what every call can throw.
  public func withLock<Value: Sendable>(
    _ name: String, shared: Bool = false, timeout: Duration? = nil,
    _ body: @Sendable (Lock) async throws -> Value
  ) async throws -> Value {
    try await lock(name, shared: shared, timeout: timeout).run(body)
  }

  /// Takes a lock, for as long as there is a reference to what this returns; see
  /// ``withLock(_:shared:timeout:_:)``, which cannot be forgotten.
  ///
  /// ```swift
  /// let lock = try await octopus.lock("printer", timeout: .seconds(5))
  /// ```
  ///
  /// - Throws: `timeout`; `refused` with `gone`; what every call can throw.
  public func lock(
    _ name: String, shared: Bool = false, timeout: Duration? = nil
  ) async throws(OctopusError) -> Lock {
    try await lock(name, shared ? words("SHARED") : [], timeout)
  }

  func lock(
    _ name: String, _ options: [[UInt8]], _ timeout: Duration?
  ) async throws(OctopusError) -> Lock {
    let holder = words("AS", "\(session.nextNumber())")
    let unlock = words("UNLOCK", name) + holder
    let reply = try await wait(
      words("LOCK", name) + options + holder, timeout, undo: unlock)
    guard let parts = reply.elements, parts.count == 2, let token = parts[0].integer else {
      throw .unexpected(reply)
    }
    let member = try parts[1].asName()
    let hold = HoldGuard(self, record: member, releaseCommand: unlock)
    return Lock(name, token: token, member: member, hold)
  }
}
