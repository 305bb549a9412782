import CPlatform
import Glibc

/// A POSIX thread.
///
/// The daemon uses none of Dispatch's: where there is no /proc, Dispatch ends the process when it
/// looks after its threads.
package struct Thread: Sendable {
  private let handle: pthread_t

  /// Starts a thread, which must be joined or detached.
  ///
  /// - Parameter name: for `ps -L` and debuggers, at most 15 bytes.
  package init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var handle = pthread_t()
    // C keeps a pointer to it until the thread has taken it over.
    let work = Unmanaged.passRetained(Work(name, body))
    let code = pthread_create(&handle, nil, runWork, work.toOpaque())
    guard code == 0 else {
      work.release()
      throw SystemError("start a thread", code: code)
    }
    self.handle = handle
  }

  /// Waits until the thread has ended.
  package func join() { pthread_join(handle, nil) }

  /// Lets the thread end without being joined.
  package func detach() { pthread_detach(handle) }
}

/// A thread's name and body, on their way through C.
private final class Work: Sendable {
  private let name: String
  private let body: @Sendable () -> Void

  init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }

  func run() {
    platform_name_thread(name)
    body()
  }
}

private func runWork(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // As it was handed over: retained, and never null.
  Unmanaged<Work>.fromOpaque(work!).takeRetainedValue().run()
  return nil
}
