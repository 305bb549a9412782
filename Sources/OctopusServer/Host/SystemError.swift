import Glibc

/// A call to the system that failed: what was tried, and why it could not be done.
package struct SystemError: Error, Sendable, CustomStringConvertible {
  package var action: String
  package var code: Int32

  /// Takes the thread's `errno`, so make it before anything else is called.
  init(_ action: String, code: Int32 = errno) {
    self.action = action
    self.code = code
  }

  package var description: String { "cannot \(action): \(String(cString: strerror(code)))" }
}

/// A file descriptor that is closed when its owner goes.
struct Descriptor: ~Copyable, Sendable {
  let number: Int32

  init(owning number: Int32) { self.number = number }

  /// Opens a file, close-on-exec.
  init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemError) {
    number = open(path, flags | O_CLOEXEC, mode)
    if number < 0 { throw SystemError("open \(path)") }
  }

  deinit { close(number) }

  /// Gives the number away; it is no longer closed here.
  consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }
}
