import Glibc

/// A file descriptor with one owner, closed when its owner's life ends.
package struct Descriptor: ~Copyable, Sendable {
  package let number: CInt

  /// Takes over an open descriptor.
  package init(owning number: CInt) { self.number = number }

  /// Opens a file, close-on-exec.
  package init(opening path: String, _ flags: CInt, mode: mode_t = 0) throws(SystemError) {
    number = open(path, flags | O_CLOEXEC, mode)
    if number < 0 { throw SystemError("open \(path)") }
  }

  /// Opens a file in an open directory, close-on-exec.
  ///
  /// - Parameter path: what an error says.
  package init(
    opening name: String, in directory: borrowing Descriptor, _ flags: CInt, mode: mode_t = 0,
    path: String
  ) throws(SystemError) {
    number = openat(directory.number, name, flags | O_CLOEXEC, mode)
    if number < 0 { throw SystemError("open \(path)") }
  }

  deinit { close(number) }

  /// Gives up ownership: the caller closes the descriptor.
  package consuming func release() -> CInt {
    let number = number
    discard self
    return number
  }

  package var isRegularFile: Bool {
    var status = stat()
    return fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
