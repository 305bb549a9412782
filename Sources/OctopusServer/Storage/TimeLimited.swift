import Glibc
import OctopusSystem

/// The action under way, for the message of a caller that gives up waiting.
package final class Progress: Sendable {
  private let action = Mutex("begin")

  package init() {}

  func begins(_ action: String) { self.action.withLock { $0 = action } }

  var current: String { action.withLock { $0 } }
}

/// Does something that may wait for the disk, on a thread of its own, and gives up after `seconds` seconds:
/// a disk that hangs keeps that thread and nobody else.
func timeLimited<Value: Sendable>(
  seconds: Int,
  _ body: @escaping @Sendable (Progress) throws(StorageFailure) -> Value
) throws(StorageFailure) -> Value {
  let work: Work<Value>
  do throws(SystemError) {
    work = try Work()
    try Thread("disk") { work.carryOut(body) }.detach()
  } catch {
    throw .system(error)
  }
  _ = work.end.wait(milliseconds: Int32(seconds * 1_000))
  guard let outcome = work.outcome else {
    throw .timedOut(action: work.progress.current, seconds: seconds)
  }
  return try outcome.get()
}

private final class Work<Value: Sendable>: Sendable {
  let progress = Progress()
  /// Rung when it is done.
  let end: Waker
  private let result = Mutex<Result<Value, StorageFailure>?>(nil)

  init() throws(SystemError) { end = try Waker() }

  var outcome: Result<Value, StorageFailure>? { result.withLock { $0 } }

  func carryOut(_ body: (Progress) throws(StorageFailure) -> Value) {
    let outcome: Result<Value, StorageFailure>
    do throws(StorageFailure) { outcome = .success(try body(progress)) } catch {
      outcome = .failure(error)
    }
    result.withLock { $0 = outcome }
    end.wake()
  }
}
