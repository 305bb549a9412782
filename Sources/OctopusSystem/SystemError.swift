import Glibc

/// A system call that failed, with its `errno`.
package struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What failed: `cannot open /etc/x`, or a path alone.
  package let subject: String
  package let code: CInt

  /// - Parameters:
  ///   - action: what was tried, as an infinitive: `open /etc/x`.
  ///   - code: by default the thread's `errno`, so call nothing else before.
  package init(_ action: String, code: CInt = errno) {
    self.init(subject: "cannot " + action, code: code)
  }

  package init(subject: String, code: CInt = errno) {
    self.subject = subject
    self.code = code
  }

  /// The system's text for the code: `No such file or directory`.
  package var reason: String { String(cString: strerror(code)) }

  package var description: String { "\(subject): \(reason)" }
}
