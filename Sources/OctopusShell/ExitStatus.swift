import Glibc

/// The exit status of a command.
struct ExitStatus: Equatable, Sendable {
  let code: Int32
  /// The signal that ended the program that was run: this one ends by it as well.
  let signal: Int32?

  init(_ code: Int32) { (self.code, signal) = (code, nil) }

  /// Found, or done.
  static let done = ExitStatus(0)
  static let notFound = ExitStatus(1)
  /// Options, records or queries that cannot be read; what the server refuses for another reason.
  static let badUsage = ExitStatus(2)
  /// There is no server; its connection, or what was held over it, is lost.
  static let noServer = ExitStatus(3)
  /// As timeout(1).
  static let timeLimit = ExitStatus(124)
  /// The program and others wait for each other in a cycle.
  static let cycle = ExitStatus(4)
  /// As a shell, env(1) and timeout(1): what was to be run cannot be, or is not there.
  static let cannotRun = ExitStatus(126)
  static let noCommand = ExitStatus(127)
  /// As a shell has it for a program that SIGINT ended.
  static let interrupted = ExitStatus(ended: SIGINT)

  /// As a shell has it for a program that a signal ended.
  init(ended signal: Int32) { self.init(128 + signal) }

  /// Of a program of this status in wait(2).
  init(wait status: Int32) {
    let signal = status & 0x7f
    (code, self.signal) = signal == 0 ? (status >> 8 & 0xff, nil) : (128 + signal, signal)
  }
}
