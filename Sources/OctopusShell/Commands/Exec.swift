import ArgumentParser
import CPlatform
import Glibc
import Octopus

// exec, ready: programs that start when all is there that they need.

/// When a program counts as ready.
enum Readiness: String, ExpressibleByArgument, CaseIterable, Sendable {
  case start, notify
}

struct Exec: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a program once all is there that it needs, and say when it is ready itself.",
    usage: """
      octopus exec [--after <query> ...] [--provides <record>]
        [--ready-at <when>] [--timeout <limit>] -- <command> ...
      """,
    discussion: """
        octopus exec --after "service.net { state: up }" -- ./client
        octopus exec --after service.net service.db --provides "service.web { port: 80 }" -- ./web
        octopus exec --provides service.db --ready-at start -- ./db

      The program starts when every query after --after has a match, all at one
      time. The record of --provides is there from when the program says that it is
      ready until it exits: it sends READY=1 to $NOTIFY_SOCKET, as programs for
      systemd do, and `octopus ready` does for scripts.

      Exit status: the program's, 128 and the number of a signal that ended it, 126
      or 127 if it cannot be run or found, 124 if the time limit passes first, 1 if
      somebody else's record has the name, 3 if record or server are lost: then the
      program is terminated.
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Queries that must have a match. May be repeated.", valueName: "query"),
    completion: .recordNames)
  var after: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The record to publish while the program is ready.", valueName: "record"))
  var provides: [String] = []

  @Option(help: "When the program is ready: at its start, or when it sends READY=1.")
  var readyAt: Readiness = .notify

  @Option(help: "Give up if it is not ready, or without --provides not started, by then.")
  var timeout: TimeLimit?

  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    if command.words.isEmpty { throw ValidationError("Say what to run, after --.") }
  }

  struct Plan: Sendable {
    let needs: [Query]
    let service: ServiceRecord?
  }

  func read() throws(Complaint) -> Plan {
    let service = provides.isEmpty ? nil : ServiceRecord(record: try record(provides))
    return Plan(needs: try queries(after), service: service)
  }

  func run(_ plan: Plan, in session: Session) async throws -> ExitStatus {
    let octopus = session.octopus
    let deadline = Deadline(timeout)
    do { try await wait(for: plan.needs, in: octopus, until: deadline) } catch OctopusError.timeout
    {
      throw try await lacking(plan.needs, in: octopus)
    }
    guard let service = plan.service else {
      // Nothing is held from here on.
      octopus.close()
      throw become(command.words)
    }
    try await service.checkFree(in: octopus)
    let socket = readyAt == .notify ? try ReadySocket() : nil
    return try await command.run(
      environment: socket?.environment ?? [:], in: session, telling: form
    ) { child in
      try await deadline.limit { try await socket?.ready(below: child.guardian) }
      try await service.publish(for: child.process, in: octopus)
      return try await session.loss(of: service.record.name)
    }
  }

  private func lacking(_ queries: [Query], in octopus: Octopus) async throws -> Complaint {
    var missing: [String] = []
    for query in queries where try await !octopus.exists(query) { missing.append("\(query)") }
    let what =
      missing.isEmpty ? "not all at one time" : "without " + missing.joined(separator: ", ")
    return Complaint("the time limit has passed, \(what)", .timeLimit)
  }

  /// They come one after the other, and some may go again meanwhile.
  private func wait(
    for queries: [Query], in octopus: Octopus, until deadline: Deadline
  ) async throws {
    guard !queries.isEmpty else { return }
    repeat {
      try await withThrowingTaskGroup { group in
        for query in queries {
          group.addTask { _ = try await octopus.waitFor(query, timeout: deadline.left) }
        }
        try await group.waitForAll()
      }
    } while try await octopus.exists(queries) < queries.count
  }
}

/// A moment to be done by; none: for ever.
struct Deadline: Sendable {
  private let end: ContinuousClock.Instant?

  init(_ limit: TimeLimit?) { end = limit.map { ContinuousClock.now + $0.duration } }

  var left: Duration? { end.map { ContinuousClock.now.duration(to: $0) } }

  /// Does something that can be cancelled, unless it takes too long.
  func limit(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup { group in
      defer { group.cancelAll() }
      group.addTask(operation: body)
      if let end {
        group.addTask {
          try await Task.sleep(until: end, clock: .continuous)
          throw OctopusError.timeout
        }
      }
      try await group.next()
    }
  }
}

struct Ready: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ready",
    abstract: "Say that a program run by `octopus exec` or by systemd is ready.",
    discussion: """
        octopus exec --provides service.db -- sh -c './prepare && octopus ready && exec ./db'

      Sends READY=1 to $NOTIFY_SOCKET, as `systemd-notify --ready` does.
      """)

  func run() throws {
    guard let path = environment("NOTIFY_SOCKET") else {
      throw ValidationError("Nobody wants to know: $NOTIFY_SOCKET is not set.")
    }
    guard platform_send_datagram(path, "READY=1") == 0 else {
      throw ValidationError("\(path): \(String(cString: strerror(errno)))")
    }
  }
}
