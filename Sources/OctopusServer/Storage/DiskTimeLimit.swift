import OctopusSystem

/// The action in progress, for the message of a caller that stops waiting.
package final class Progress: Sendable {
  private let action = Mutex("begin")

  package init() {}

  func begin(_ action: String) { self.action.withLock { $0 = action } }

  var current: String { action.withLock { $0 } }
}

/// Calls `body`, which may wait for the disk, on a thread of its own, and stops waiting for it
/// after `seconds`. If the disk hangs, only that thread does.
func withDiskTimeLimit<Value: Sendable>(
  seconds: Int,
  _ body: @escaping @Sendable (Progress) throws(StorageError) -> Value
) throws(StorageError) -> Value {
  let call: Call<Value>
  do throws(SystemError) {
    call = try Call()
    try Thread("disk") { call.run(body) }.detach()
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
  let progress = Progress()
  let ended: Waker
  private let state = Mutex<Result<Value, StorageError>?>(nil)

  init() throws(SystemError) { ended = try Waker() }

  var result: Result<Value, StorageError>? { state.withLock { $0 } }

  func run(_ body: (Progress) throws(StorageError) -> Value) {
    let result: Result<Value, StorageError>
    do throws(StorageError) { result = .success(try body(progress)) } catch {
      result = .failure(error)
    }
    state.withLock { $0 = result }
    ended.wake()
  }
}
