import Glibc

/// A descriptor that text is written to at once and whole: nothing is lost in a buffer when the
/// process is killed.
package struct StandardStream: Sendable {
  package static let output = StandardStream(descriptor: 1)
  package static let error = StandardStream(descriptor: 2)

  let descriptor: CInt

  package init(descriptor: CInt) { self.descriptor = descriptor }

  package var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Shows text: to a terminal without anything active in it but its own sequences. Ends the process if nobody
  /// reads any more.
  package func write(_ text: StyledText) {
    write(isTerminal ? text.escaped : text.plain, ifUnread: endAsBrokenPipe)
  }

  /// Shows bytes that may be no text: to a terminal like text, to anything else as they are.
  package func write(_ bytes: [UInt8]) {
    guard !isTerminal else { return write(StyledText(String(decoding: bytes, as: UTF8.self))) }
    bytes.withUnsafeBufferPointer { write($0, ifUnread: endAsBrokenPipe) }
  }

  /// Writes lines for a log, which is read later, with programs that are not known: nothing active is in it. It is
  /// no error if nobody reads it.
  package func log(_ text: String) {
    write(text.escaped(keepingLayout: true) + "\n", ifUnread: {})
  }

  private func write(_ text: String, ifUnread: () -> Void) {
    var text = text
    text.withUTF8 { write($0, ifUnread: ifUnread) }
  }

  private func write(_ bytes: UnsafeBufferPointer<UInt8>, ifUnread: () -> Void) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(
        descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EPIPE {
        return ifUnread()
      } else if errno == EAGAIN {
        waitUntilWritable()
      } else if errno != EINTR {
        return
      }
    }
  }

  private func waitUntilWritable() {
    var source = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&source, 1, -1)
  }

  /// `octopus names _ | head`: ends quietly, as programs do that leave the signal alone (the
  /// network library ignores it for the whole process).
  private func endAsBrokenPipe() {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    _exit(128 + SIGPIPE)
  }
}
