import Glibc

/// What a command tells the shell that ran it.
enum ExitStatus: Int32, Sendable {
  /// Found, or done.
  case done = 0
  case notFound = 1
  /// Options, records or queries that cannot be read; what the server refuses for another reason.
  case badUsage = 2
  case noServer = 3
  /// As timeout(1).
  case timeLimit = 124
  /// As a shell has it for a program that SIGINT ended.
  case interrupted = 130
}
