import OctopusSystem

/// The action in progress, for the message of a caller that stops waiting.
package final class Progress: Sendable {
  private let action = Mutex("begin")

  package init() {}

  package func begin(_ action: String) { self.action.withLock { $0 = action } }

  var current: String { action.withLock { $0 } }
}

/// Calls `body`, which may wait for the disk, on a thread of its own, and stops waiting for it
/// after `seconds`. If the disk hangs, only that thread does.
package func withDiskTimeLimit<Value: Sendable>(
  seconds: Int,
  _ body: @escaping @Sendable (Progress) throws(StorageError) -> Value
) throws(StorageError) -> Value {
  let call: Call<Value>
  do throws(SystemError) {
    call = try Call(body)
    try Thread("disk") { call.run() }.detach()
  } catch {
    throw .system(error)
  }
  _ = call.ended.wait(milliseconds: CInt(seconds * 1_000))
  guard let result = call.result else {
    throw .timedOut(action: call.progress.current, seconds: seconds)
  }
  return try result.get()
}

private final class Call<Value: Sendable>: Sendable {
  typealias Body = @Sendable (Progress) throws(StorageError) -> Value

  let progress = Progress()
  let ended: Waker
  private let body: Mutex<Body?>
  private let state = Mutex<Result<Value, StorageError>?>(nil)

  init(_ body: @escaping Body) throws(SystemError) {
    ended = try Waker()
    self.body = Mutex(body)
  }

  var result: Result<Value, StorageError>? { state.withLock { $0 } }

  func run() {
    let result = callBody()
    state.withLock { $0 = result }
    ended.wake()
  }

  /// What only the body refers to, such as a directory with a lock, is freed before the caller goes
  /// on.
  private func callBody() -> Result<Value, StorageError>? {
    guard let body = body.withLock({ $0.take() }) else { return nil }
    do throws(StorageError) { return .success(try body(progress)) } catch { return .failure(error) }
  }
}
