import Locks

/// One result that a task waits for and something else brings.
///
/// The first result wins, be it the answer, a cancellation or a time limit. One that comes later is
/// dropped, and what it holds lets go of itself.
final class Promise<Value: Sendable>: Sendable {
  typealias Outcome = Result<Value, OctopusError>

  private enum State {
    case open
    case awaited(CheckedContinuation<Outcome, Never>)
    case settled(Outcome)
  }

  private let state = Mutex(State.open)

  /// Settles it; false if it is settled.
  @discardableResult
  func settle(_ outcome: Outcome) -> Bool {
    let (isFirst, waiter) = state.withLock {
      state -> (Bool, CheckedContinuation<Outcome, Never>?) in
      switch state {
      case .settled: return (false, nil)
      case .open:
        state = .settled(outcome)
        return (true, nil)
      case .awaited(let waiter):
        state = .settled(outcome)
        return (true, waiter)
      }
    }
    waiter?.resume(returning: outcome)
    return isFirst
  }

  /// The result. A cancelled task settles it with `cancelled`. To be called once.
  func value() async throws(OctopusError) -> Value {
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let settled = state.withLock { state -> Outcome? in
          switch state {
          case .settled(let outcome): return outcome
          case .open:
            state = .awaited(waiter)
            return nil
          case .awaited: preconditionFailure("a promise is awaited once")
          }
        }
        if let settled { waiter.resume(returning: settled) }
      }
    } onCancel: {
      settle(.failure(.cancelled))
    }
    return try outcome.get()
  }
}
