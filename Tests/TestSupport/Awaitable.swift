import Dispatch
import OctopusSystem

/// A value under a lock, whose readers can wait for a condition: the change that makes it hold
/// resumes them.
package final class Awaitable<Value: Sendable>: Sendable {
  private struct Waiter {
    var condition: @Sendable (Value) -> Bool
    var resume: @Sendable () -> Void
  }

  private struct State {
    var value: Value
    var waiters: [Waiter] = []
  }

  private let state: Mutex<State>

  package init(_ value: Value) { state = Mutex(State(value: value)) }

  package var value: Value { state.withLock { $0.value } }

  package func change(_ body: (inout Value) -> Void) {
    let resumed = state.withLock { state in
      body(&state.value)
      let value = state.value
      let resumed = state.waiters.filter { $0.condition(value) }
      state.waiters.removeAll { $0.condition(value) }
      return resumed
    }
    for waiter in resumed { waiter.resume() }
  }

  /// Waits until a condition holds.
  package func wait(until condition: @escaping @Sendable (Value) -> Bool) async {
    await withCheckedContinuation { continuation in
      enqueue(condition) { continuation.resume() }
    }
  }

  /// The same, blocking the thread.
  package func block(until condition: @escaping @Sendable (Value) -> Bool) {
    let holds = DispatchSemaphore(value: 0)
    enqueue(condition) { holds.signal() }
    holds.wait()
  }

  private func enqueue(
    _ condition: @escaping @Sendable (Value) -> Bool, _ resume: @escaping @Sendable () -> Void
  ) {
    let holds = state.withLock { state in
      if condition(state.value) { return true }
      state.waiters.append(Waiter(condition: condition, resume: resume))
      return false
    }
    if holds { resume() }
  }
}
