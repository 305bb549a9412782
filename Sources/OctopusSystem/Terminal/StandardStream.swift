import Glibc

/// Standard output or standard error, unbuffered: nothing is lost when the process is killed.
package struct StandardStream: Sendable {
  package static let output = StandardStream(descriptor: 1)
  package static let error = StandardStream(descriptor: 2)

  let descriptor: CInt

  package init(descriptor: CInt) { self.descriptor = descriptor }

  package var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Writes text. To a terminal, all active characters are escaped except the text's own sequences.
  /// Ends the process if the stream has no reader any more, or is standard output and cannot be
  /// written: nobody is to take a part of a result for all of it.
  package func write(_ text: StyledText) {
    write(isTerminal ? text.escaped : text.plain, ifFailed: end)
  }

  /// Writes bytes that need not be text: to a terminal as text, to anything else as they are.
  package func write(_ bytes: [UInt8]) {
    guard !isTerminal else { return write(StyledText(String(decoding: bytes, as: UTF8.self))) }
    bytes.withUnsafeBufferPointer { write($0, ifFailed: end) }
  }

  /// Writes lines of a log. Active characters are always escaped, since any program may show them
  /// later. Failures are ignored.
  package func log(_ text: String) {
    write(text.escaped(keepingLayout: true) + "\n", ifFailed: { _ in })
  }

  private func write(_ text: String, ifFailed: (CInt) -> Void) {
    var text = text
    text.withUTF8 { write($0, ifFailed: ifFailed) }
  }

  private func write(_ bytes: UnsafeBufferPointer<UInt8>, ifFailed: (CInt) -> Void) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(
        descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        waitUntilWritable()
      } else if errno != EINTR {
        return ifFailed(errno)
      }
    }
  }

  private func waitUntilWritable() {
    var source = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&source, 1, -1)
  }

  private func end(_ failure: CInt) {
    if failure == EPIPE { endAsBrokenPipe() }
    guard descriptor == STDOUT_FILENO else { return }
    let error = SystemError("write to standard output", code: failure)
    let program = CommandLine.arguments.first?.split(separator: "/").last ?? "octopus"
    StandardStream.error.write(StyledText("\(program): \(error)\n"))
    _exit(2)
  }

  /// Ends the process as SIGPIPE does, as in `octopus names _ | head`. (The network library ignores
  /// the signal for the whole process.)
  private func endAsBrokenPipe() {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    _exit(128 + SIGPIPE)
  }
}
