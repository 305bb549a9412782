import OctopusSystem

/// Whether something is still held on the server: it is until the client releases it, until the
/// record that stands for it is deleted, or until the session ends.
///
/// It takes the event of a trigger for that record's deletion. The session refers to it and it does
/// not refer to the client, so that what nobody refers to any more is released.
final class HoldState: EventSink {
  private struct State {
    var loss: OctopusError?
    var isReleased = false
    var waiters: [Int: Promise<OctopusError?>] = [:]
    var lastWaiter = 0
  }

  enum Release {
    /// It was held until now: the caller sends the release command.
    case send
    case alreadyReleased
    /// It was lost, for this reason: there is nothing to send.
    case lost(OctopusError)
  }

  private let state = Mutex(State())

  /// Ends the hold from the client's side.
  func release() -> Release {
    let (result, waiters) = state.withLock { state -> (Release, [Promise<OctopusError?>]) in
      if state.isReleased { return (.alreadyReleased, []) }
      state.isReleased = true
      defer { state.waiters = [:] }
      return (state.loss.map { .lost($0) } ?? .send, Array(state.waiters.values))
    }
    for waiter in waiters { waiter.resolve(.success(nil)) }
    return result
  }

  /// Waits until it is lost, and returns why; nil when it is released.
  func loss() async throws(OctopusError) -> OctopusError? {
    let promise = Promise<OctopusError?>()
    let number = state.withLock { state -> Int? in
      guard state.loss == nil, !state.isReleased else {
        promise.resolve(.success(state.loss))
        return nil
      }
      state.lastWaiter += 1
      state.waiters[state.lastWaiter] = promise
      return state.lastWaiter
    }
    defer { if let number { state.withLock { _ = $0.waiters.removeValue(forKey: number) } } }
    return try await promise.value()
  }

  func receive(_ event: TriggerEvent) -> Bool {
    if event.kind == .deleted, let text = event.record, let record = try? Record(reply: text) {
      end(.lost(record.name))
    } else {
      end(.protocolViolation("a trigger that went without its event"))
    }
    return false
  }

  /// It is lost. After a release this changes nothing: the release itself deletes the record.
  func end(_ error: OctopusError) {
    let waiters = state.withLock { state -> [Promise<OctopusError?>] in
      guard state.loss == nil, !state.isReleased else { return [] }
      state.loss = error
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resolve(.success(error)) }
  }
}
