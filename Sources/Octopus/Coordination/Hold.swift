import OctopusSystem
import RESP

/// Something that is held on the other side and given back once: by whoever asks first, or when the
/// last reference to it goes.
final class Hold: Sendable {
  let client: OctopusClient
  private let giveBack: [[UInt8]]
  private let isHeld = Mutex(true)

  init(_ client: OctopusClient, giveBack: [[UInt8]]) {
    self.client = client
    self.giveBack = giveBack
  }

  deinit { abandon() }

  /// Gives it back without waiting for an answer.
  func abandon() { if letGo() { client.session.send(giveBack) { _ in } } }

  /// From here on it is for the caller to give back; false if that has been done.
  func letGo() -> Bool {
    isHeld.withLock { isHeld in
      defer { isHeld = false }
      return isHeld
    }
  }

  /// Gives it back and answers what the other side says; nil if that has been done. A task that is
  /// cancelled gives it back too, and throws `cancelled` instead of waiting for the answer.
  func release() async throws(OctopusError) -> RESPValue? {
    guard letGo() else { return nil }
    let promise = Promise<RESPValue>()
    client.session.send(giveBack) { promise.settle($0) }
    return try await promise.value().checked()
  }

  /// Runs something while this is held, and gives it back however that ends: after an error without
  /// waiting for an answer, else by `release`.
  ///
  /// - Throws: what the body throws; `connectionLost` if the session is lost meanwhile, and with it what
  ///   was held: the body is cancelled then, and its result, if it has one, dropped.
  func run<Value: Sendable>(
    _ body: @Sendable () async throws -> Value, release: () async throws(OctopusError) -> Void
  ) async throws -> Value {
    let value: Value
    do { value = try await runUntilLost(body) } catch {
      abandon()
      throw error
    }
    do throws(OctopusError) { try await release() } catch .cancelled {
      // It is given back; only nobody has waited for the answer.
    }
    return value
  }

  private func runUntilLost<Value: Sendable>(
    _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    let session = client.session
    return try await withoutActuallyEscaping(body) { body in
      try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
          do throws(OctopusError) { try await session.ended() } catch .cancelled { return nil }
          return nil
        }
        defer { group.cancelAll() }
        while let result = try await group.next() { if let value = result { return value } }
        preconditionFailure("the body ends by a value or an error")
      }
    }
  }
}
