import OctopusSystem

/// One result that a task waits for and something else brings.
///
/// The first result wins, be it the answer, a cancellation or a time limit. One that comes later is
/// dropped, and what it holds lets go of itself.
final class Promise<Value: Sendable>: Sendable {
  typealias Outcome = Result<Value, OctopusError>

  private enum State {
    case open
    case awaited(CheckedContinuation<Void, Never>)
    case resolved(Outcome)
  }

  private let state = Mutex(State.open)

  /// Resolves it; false if it is resolved.
  @discardableResult
  func resolve(_ outcome: Outcome) -> Bool {
    let (isFirst, waiter) = state.withLock {
      state -> (Bool, CheckedContinuation<Void, Never>?) in
      switch state {
      case .resolved: return (false, nil)
      case .open:
        state = .resolved(outcome)
        return (true, nil)
      case .awaited(let waiter):
        state = .resolved(outcome)
        return (true, waiter)
      }
    }
    waiter?.resume()
    return isFirst
  }

  /// The result. A cancelled task resolves it with `cancelled`. To be called once.
  func value() async throws(OctopusError) -> Value {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let isResolved = state.withLock { state in
          switch state {
          case .resolved: return true
          case .open:
            state = .awaited(waiter)
            return false
          case .awaited: preconditionFailure("a promise is awaited once")
          }
        }
        if isResolved { waiter.resume() }
      }
    } onCancel: {
      resolve(.failure(.cancelled))
    }
    // Through the lock, where ThreadSanitizer sees it handed over: not through every continuation.
    let outcome = state.withLock { state in
      guard case .resolved(let outcome) = state else { preconditionFailure("woken too early") }
      return outcome
    }
    return try outcome.get()
  }
}
