import OctopusSystem
import RESP

/// Guards something that this client holds on the server: a lock, permits, a party's part in a
/// barrier, a service's record. It is released once, by the first call that asks for it or when the
/// last reference to the guard goes, and its loss is noticed while it is held.
final class HoldGuard: Sendable {
  let client: OctopusClient
  private let releaseCommand: Mutex<[[UInt8]]>
  private let state: HoldState
  /// The trigger for the deletion of the record.
  private let trigger: Registration

  /// Guards what stands on the server as a record of this name.
  ///
  /// The trigger is sent at once and not waited for: what comes after it on this connection, such
  /// as the release, is done after it.
  init(_ client: OctopusClient, record name: String, releaseCommand: [[UInt8]]) {
    self.client = client
    self.releaseCommand = Mutex(releaseCommand)
    (state, trigger) = (HoldState(), Registration(client))
    let command =
      OctopusClient.Command<Bool>.exists("\(name)").arguments
      + OctopusClient.Trigger.once(.deleted, when: .found).arguments
    client.session.send(command) { [client, state, trigger] outcome in
      do throws(OctopusError) {
        let reply = try outcome.get().checked()
        guard let parts = reply.elements, parts.count == 2 else { throw .unexpected(reply) }
        guard let id = parts[1].integer else { throw .lost(name) }
        client.begin(id, state, trigger)
      } catch { state.end(error) }
    }
  }

  /// Guards a record whose deletion trigger was installed in the step that made it.
  init(
    _ client: OctopusClient, _ state: HoldState, _ trigger: Registration, releaseCommand: [[UInt8]]
  ) {
    self.client = client
    self.releaseCommand = Mutex(releaseCommand)
    (self.state, self.trigger) = (state, trigger)
  }

  deinit { abandon() }

  /// Another command releases it from here on.
  func setReleaseCommand(_ command: [[UInt8]]) { releaseCommand.withLock { $0 = command } }

  /// Releases it without waiting for an answer.
  func abandon() { if case .send = state.release() { sendRelease { _ in } } }

  /// Leaves it to the caller to send what releases it.
  func disarm() { _ = state.release() }

  /// Releases it and returns the reply; nil if that has been done. A task that is cancelled
  /// releases it too, and throws `cancelled` instead of waiting for the reply.
  ///
  /// - Throws: `lost` if the record was deleted; what every call can throw.
  func release() async throws(OctopusError) -> RESPValue? {
    switch state.release() {
    case .alreadyReleased: return nil
    case .lost(let error): throw error
    case .send: break
    }
    let promise = Promise<RESPValue>()
    sendRelease { promise.resolve($0) }
    return try await promise.value().checked()
  }

  /// Waits until it is lost, and returns why; nil when it is released.
  func loss() async throws(OctopusError) -> OctopusError? { try await state.loss() }

  private func sendRelease(_ completion: @escaping ClientSession.Completion) {
    client.session.send(releaseCommand.withLock { $0 }) { [trigger] outcome in
      // It has gone with the record, unless the record is not deleted by a release.
      trigger.end()
      completion(outcome)
    }
  }

  /// Runs something while this is held, and releases it however that ends: after an error without
  /// waiting for an answer, else by `release`.
  ///
  /// - Throws: what the body throws; `lost` or `connectionLost` if this is lost meanwhile: the body
  ///   is cancelled then, and its result, if it has one, dropped.
  func run<Value: Sendable>(
    _ body: @Sendable () async throws -> Value, release: () async throws(OctopusError) -> Void
  ) async throws -> Value {
    let value: Value
    do { value = try await runUntilLost(body) } catch {
      abandon()
      throw error
    }
    do throws(OctopusError) { try await release() } catch .cancelled {
      // It is released; only nobody has waited for the answer.
    }
    return value
  }

  private func runUntilLost<Value: Sendable>(
    _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withoutActuallyEscaping(body) { body in
      try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask { [state] in
          let loss: OctopusError?
          do throws(OctopusError) { loss = try await state.loss() } catch { return nil }
          if let loss { throw loss }
          return nil
        }
        defer { group.cancelAll() }
        while let result = try await group.next() { if let value = result { return value } }
        preconditionFailure("the body ends by a value or an error")
      }
    }
  }
}
