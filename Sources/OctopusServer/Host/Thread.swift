import CPlatform
import Glibc

/// A thread of the server's own.
///
/// Not Dispatch's: where there is no /proc, Dispatch stops the process when it looks after its threads.
package struct Thread: Sendable {
  private let handle: pthread_t

  /// Starts it. It is to be joined or detached.
  ///
  /// - Parameter name: what `ps -L` and debuggers show, at most 15 bytes.
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

  /// Waits until it has ended.
  func join() { pthread_join(handle, nil) }

  /// Lets it end by itself.
  package func detach() { pthread_detach(handle) }
}

/// What a thread does, on its way through C.
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
