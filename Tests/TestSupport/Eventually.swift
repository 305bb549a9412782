import Dispatch
import Glibc
import OctopusSystem

/// Waits for a condition that nothing announces, such as the state of another process. Prefer an
/// event: ``Awaitable``, a reply, the end of a stream.
///
/// Each check yields the processor first, so that whatever is awaited goes on even on a single one.
///
/// - Throws: what the condition throws, and `ETIME` after ``TestLimit``.
package func eventually(_ condition: @escaping @Sendable () throws -> Bool) async throws {
  let deadline =
    SystemClock.monotonicMicroseconds() + Int64(TestLimit.seconds) * 1_000_000
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "eventually").async {
      continuation.resume(
        with: Result {
          while try !condition() {
            guard SystemClock.monotonicMicroseconds() < deadline else {
              throw SystemError("see the condition", code: ETIME)
            }
            sched_yield()
          }
        })
    }
  }
}
