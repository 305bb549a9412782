// The options of octopusd, and its help.

import ArgumentParser
import OctopusRecords
import OctopusServer
import OctopusSystem

struct Octopusd: ParsableCommand, Sendable {
  static let configuration = CommandConfiguration(
    commandName: "octopusd",
    abstract: "Lets the processes of this machine find each other, wait for each other and react.",
    discussion: """
      It stores records, answers queries over them, and notifies clients when one appears, changes \
      or is deleted. It speaks the Redis protocol (RESP2 and RESP3), so that any Redis client will \
      do.

      EXAMPLES
        octopusd
            Serves on $OCTOPUS_SOCKET, else $XDG_RUNTIME_DIR/octopus.sock, else
            /run/octopus/octopus.sock.
        octopusd --socket /run/octopus/octopus.sock --socket-mode 0660 --socket-group octopus
            Serves root and the members of the group.
        octopusd --tcp 127.0.0.1:6390 --password-file /etc/octopus/password
            Serves TCP too, to clients with the password.

      THEN
        octopus                                   the shell
        redis-cli -s SOCKET SET 'lamp { on: true }'
        redis-cli -s SOCKET GET '_ { on: true }'

      It stays in the foreground, logs to standard error, notifies systemd when it is ready, and \
      ends on SIGTERM or SIGINT: sessions end, the socket is removed, and the exit code is 0. The \
      exit code is 1 if the server cannot start and 2 for invalid options. "octopusd check" says \
      whether the journal of a state directory is whole, and "octopusd restore" makes one of a \
      backup.
      """,
    version: Version.current, subcommands: [Check.self, Restore.self])

  @Option(help: "The Unix socket to serve on.")
  var socket: String?

  @Option(help: "The socket's octal file mode: who may connect.", transform: octal)
  var socketMode: UInt32 = 0o600

  @Option(help: "The group that the socket belongs to: a name or a number.")
  var socketGroup: String?

  @Option(help: "Serve TCP too, on HOST:PORT. Needs a password.", transform: hostAndPort)
  var tcp: Configuration.TCP?

  @Option(
    help: """
      A file whose first line is the password; only its owner may read it (chmod 600). Without \
      it, $OCTOPUS_PASSWORD is used.
      """)
  var passwordFile: String?

  @Option(help: "Event loops, each a thread: for many busy clients on a machine with many cores.")
  var loops = 1

  @Option(
    help: """
      How many microseconds an event loop may poll for the next request before it sleeps, as long \
      as polling mostly succeeds: halves the latency on an idle machine. 0: no polling.
      """)
  var busyPollMicroseconds: Int64 = 100

  @Option(
    help: """
      The memory limit, such as 512mb: a SET, trigger or subscription that would exceed it is \
      refused, and the clients that leave most unread or unfinished are closed; reads and deletes \
      go on. 0: no limit. INFO shows the memory used.
      """,
    transform: byteCount)
  var maxMemory = 0

  @Option(
    help: """
      How many milliseconds of work a command or a transaction may take, as the server estimates \
      it: one that needs more is refused with LIMIT, so that it does not hold up other clients.
      """)
  var stepBudget = 20

  @Option(
    help: """
      How many connections a user may have: a user id, or all clients over TCP together. Root and \
      the daemon's own user may have more. Default: a quarter of the descriptor limit, at least 64.
      """)
  var maxClientsPerUser: Int?

  @Option(
    help: """
      The directory of the journal, from which records are restored at the start, and of the \
      revisions' high-water mark: $STATE_DIRECTORY, else for root /var/lib/octopus, else \
      $XDG_STATE_HOME/octopus or ~/.local/state/octopus.
      """)
  var stateDir: String?

  @Option(help: "Whether records are kept in the state directory, and restored from it.")
  var journal = Switch.on

  @Option(
    help: """
      When changes are synced to the disk. second: once a second, so that a power failure loses at \
      most the last second. always: before any client sees them. never: when the kernel decides. \
      The end of the daemon alone, even by kill -9, loses nothing in any case.
      """)
  var fsync = SyncPolicy.second

  @Option(
    help: ArgumentHelp(
      "How many revisions to reserve in the state directory at a time.", visibility: .hidden))
  var revisionStride: Int64 = 1_000_000

  @Option(
    help: ArgumentHelp(
      "By how many bytes the journal may exceed half as much again as the records take.",
      visibility: .hidden))
  var journalSlack = 4 << 20

  @Option(help: "SLOWLOG shows commands that take this many microseconds; negative: none.")
  var slowlogMicroseconds: Int64 = 10_000

  @Option(help: "Log lines of this level and above: \(LogOutput.levels.joined(separator: ", ")).")
  var logLevel = "info"

  @Option(help: "Log lines as text, or as a JSON object each.")
  var logFormat = LogOutput.Format.text

  func validate() throws {
    guard (1...64).contains(loops) else { throw ValidationError("--loops is from 1 to 64.") }
    guard (1...10_000).contains(stepBudget) else {
      throw ValidationError("--step-budget is from 1 to 10000 milliseconds.")
    }
    guard (maxClientsPerUser ?? 1) > 0 else {
      throw ValidationError("--max-clients-per-user is at least 1.")
    }
    guard (0...1_000).contains(busyPollMicroseconds) else {
      throw ValidationError("--busy-poll-microseconds is from 0 to 1000.")
    }
    guard (100...1_000_000_000).contains(revisionStride) else {
      throw ValidationError("--revision-stride is from 100 to 1000000000.")
    }
    guard (0...1 << 30).contains(journalSlack) else {
      throw ValidationError("--journal-slack is from 0 to 1073741824.")
    }
    guard LogOutput.levels.contains(logLevel) else {
      throw ValidationError("--log-level is one of \(LogOutput.levels.joined(separator: ", ")).")
    }
    if socket?.isEmpty == true { throw ValidationError("--socket needs a path.") }
  }
}

extension LogOutput.Format: ExpressibleByArgument {}

extension SyncPolicy: ExpressibleByArgument {}

enum Switch: String, ExpressibleByArgument, CaseIterable, Sendable {
  case on, off
}

private func octal(_ text: String) throws -> UInt32 {
  guard let mode = UInt32(digits: text, radix: 8), mode <= 0o777 else {
    throw ValidationError("'\(text)' is no file mode: octal digits, such as 0660.")
  }
  return mode
}

private func byteCount(_ text: String) throws -> Int {
  guard let count = ByteCount.parse(text) else {
    throw ValidationError("'\(text)' is no number of bytes, such as 1048576, 100kb, 512mb, 2gb.")
  }
  return count
}

private func hostAndPort(_ text: String) throws -> Configuration.TCP {
  guard let address = HostAndPort(text) else {
    throw ValidationError("'\(text)' is not HOST:PORT.")
  }
  return Configuration.TCP(
    host: address.host.isEmpty ? "0.0.0.0" : address.host, port: Int(address.port))
}
