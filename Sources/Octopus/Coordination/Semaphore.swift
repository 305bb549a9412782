import RESP

extension OctopusClient {
  /// A number of permits under a name. It is a record, so everybody sees how many are free, and it
  /// stays until that record is deleted.
  ///
  /// ```swift
  /// let workers = octopus.semaphore("workers")
  /// try await workers.create(permits: 4)
  /// try await workers.withPermit { try await work() }
  /// ```
  public struct Semaphore: Sendable {
    let client: OctopusClient
    /// Its name, and its record's.
    public let name: String

    /// Creates the semaphore with all its permits free. If it exists and was created with the same
    /// number, nothing changes.
    ///
    /// - Throws: `refused` with `busy` if it is there with another number, or another record has
    ///   its name; what every call can throw.
    public func create(permits: Int) async throws(OctopusError) {
      _ = try await client.reply(to: words("SEM", "NEW", name, "\(permits)")).checked()
    }

    /// Runs something while holding permits, for which it waits: first come, first served; a waiter
    /// for many permits is not overtaken. They come back however the scope ends.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - timeout: a limit on waiting; with zero or less it only tries.
    ///   - body: what to do. It is cancelled if the permits are lost meanwhile.
    /// - Throws: as ``acquire(_:timeout:)``; `lost` if the semaphore is deleted inside the scope,
    ///   `connectionLost` if the session ends; what the body throws.
    public func withPermit<Value: Sendable>(
      _ count: Int = 1, timeout: Duration? = nil, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
      try await acquire(count, timeout: timeout).run(body)
    }

    /// Takes permits, for as long as there is a reference to what this returns; see
    /// ``withPermit(_:timeout:_:)``, which cannot be forgotten.
    ///
    /// ```swift
    /// let permit = try await octopus.semaphore("workers").acquire(2, timeout: .seconds(5))
    /// ```
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - timeout: a limit on waiting; with zero or less it only tries.
    /// - Throws: `timeout`; `refused` with `noSemaphore`, with `gone` if it is deleted meanwhile,
    ///   or with `limit` if a semaphore that was made with permits has fewer than `count` in all;
    ///   what every call can throw.
    public func acquire(
      _ count: Int = 1, timeout: Duration? = nil
    ) async throws(OctopusError) -> Permit {
      let holder = words("AS", "\(client.session.nextNumber())")
      let post = words("SEM", "POST", name, "\(count)") + holder
      _ = try await client.wait(
        words("SEM", "WAIT", name, "\(count)") + holder, timeout, undo: post)
      return Permit(
        semaphore: name, count: count, HoldGuard(client, record: name, releaseCommand: post))
    }

    /// Takes permits for good, as a consumer takes what a producer posted.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - timeout: a limit on waiting; with zero or less it only tries.
    /// - Throws: `timeout`; `refused` with `noSemaphore` or `gone`; what every call can throw. A
    ///   cancelled call has taken nothing.
    public func consume(
      _ count: Int = 1, timeout: Duration? = nil
    ) async throws(OctopusError) {
      let holder = words("AS", "\(client.session.nextNumber())")
      _ = try await client.wait(
        words("SEM", "WAIT", name, "\(count)", "CONSUME") + holder, timeout,
        undo: words("SEM", "POST", name, "\(count)") + holder)
    }

    /// Adds permits.
    ///
    /// - Throws: `refused` with `noSemaphore` or `limit`; what every call can throw.
    public func post(_ count: Int = 1) async throws(OctopusError) {
      // As a holder of none: what others hold comes from `acquire`, each as a holder of its own.
      _ = try await client.reply(to: words("SEM", "POST", name, "\(count)")).checked()
    }
  }

  /// Permits of a semaphore that are held, until ``release()`` or until the last reference to this
  /// goes.
  public final class Permit: Sendable {
    /// The semaphore's name.
    public let semaphore: String
    /// How many permits these are.
    public let count: Int
    private let hold: HoldGuard

    init(semaphore: String, count: Int, _ hold: HoldGuard) {
      self.semaphore = semaphore
      self.count = count
      self.hold = hold
    }

    /// Gives the permits back. To do it again does nothing.
    ///
    /// ```swift
    /// try await permit.release()
    /// ```
    ///
    /// - Throws: `lost` if the semaphore was deleted; `connectionLost`; `cancelled`, in a cancelled
    ///   task, which has released them too.
    public func release() async throws(OctopusError) { _ = try await hold.release() }

    /// Waits until the permits are lost, and returns the reason: ``OctopusError/lost(_:)`` if the
    /// semaphore was deleted, ``OctopusError/connectionLost(_:)`` if the session has ended. Returns
    /// nil when they are released.
    ///
    /// ```swift
    /// if let loss = try await permit.loss() { stop(because: loss) }
    /// ```
    ///
    /// - Throws: `cancelled`.
    public func loss() async throws(OctopusError) -> OctopusError? { try await hold.loss() }

    func run<Value: Sendable>(
      _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
      try await hold.run(body) { () throws(OctopusError) in try await release() }
    }
  }

  /// The semaphore of a name; nothing is sent.
  public func semaphore(_ name: String) -> Semaphore { Semaphore(client: self, name: name) }

  /// Runs something while holding permits of a semaphore; see
  /// ``Semaphore/withPermit(_:timeout:_:)``.
  ///
  /// ```swift
  /// try await octopus.withPermit("workers") { try await work() }
  /// ```
  ///
  /// - Throws: as ``Semaphore/withPermit(_:timeout:_:)``.
  public func withPermit<Value: Sendable>(
    _ semaphore: String, _ count: Int = 1, timeout: Duration? = nil,
    _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    try await self.semaphore(semaphore).withPermit(count, timeout: timeout, body)
  }
}
