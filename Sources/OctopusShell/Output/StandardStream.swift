import Glibc

/// A descriptor that text is written to at once and whole: nothing is lost in a buffer when the
/// process is killed.
struct StandardStream: Sendable {
  static let output = StandardStream(descriptor: 1)
  static let error = StandardStream(descriptor: 2)

  let descriptor: CInt

  var isTerminal: Bool { isatty(descriptor) == 1 }

  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno == EPIPE {
          endAsBrokenPipe()
        } else if errno == EAGAIN {
          waitUntilWritable()
        } else if errno != EINTR {
          return
        }
      }
    }
  }

  private func waitUntilWritable() {
    var source = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&source, 1, -1)
  }

  /// `octopus names _ | head`: ends quietly, as programs do that leave the signal alone (the
  /// network library ignores it for the whole process).
  private func endAsBrokenPipe() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    _exit(128 + SIGPIPE)
  }
}
