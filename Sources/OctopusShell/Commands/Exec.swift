import ArgumentParser
import Octopus

// exec: programs that start when all is there that they need.

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
      ready until it exits, or says that it stops: it sends READY=1 and STOPPING=1 to
      $NOTIFY_SOCKET, as programs for systemd do, and `octopus ready` for scripts.

      Exit status: the program's, or its signal; 126 or 127 if it cannot be run or
      found, 124 if the time limit passes first, 1 if somebody else's record has the
      name, 3 if record or server are lost: then the program is terminated. 4 if each
      of several waits for the record of another, in a cycle, so that none of them
      could ever start.
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
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    if command.words.isEmpty { throw ValidationError("Say what to run, after --.") }
  }

  struct Plan: Sendable {
    let needs: [Query]
    let service: ServiceRecord?
  }

  func read() throws(CommandError) -> Plan {
    let service = provides.isEmpty ? nil : ServiceRecord(record: try record(provides))
    return Plan(needs: try queries(after), service: service)
  }

  func run(_ plan: Plan, in context: CommandContext) async throws -> ExitStatus {
    let octopus = context.octopus
    let deadline = Deadline(timeout)
    let waiting = try await wait(for: plan, in: octopus, until: deadline)
    guard let service = plan.service else {
      // Nothing is held from here on.
      octopus.close()
      throw replaceProcess(with: command.words)
    }
    try await service.checkFree(in: octopus)
    let publication = Publication(service, in: octopus)
    var launch = CommandOptions.LaunchOptions()
    if readyAt == .notify {
      launch.socket = try NotifySocket()
      launch.handle = { await publication.handle($0, from: $1) }
    }
    return try await command.run(
      launch, format: format,
      while: { child in
        if readyAt == .start { await publication.handle(.ready, from: child) }
        try await deadline.limit { try await publication.begun() }
        try await waiting?.withdraw(in: octopus)
        return try await publication.loss()
      },
      release: {
        try await publication.withdraw()
        try await waiting?.withdraw(in: octopus)
      })
  }

  /// Waits until each query has a match, all at one time. Answers what the others see of that.
  private func wait(
    for plan: Plan, in octopus: OctopusClient, until deadline: Deadline
  ) async throws -> WaitingExec? {
    var isReady = plan.needs.isEmpty
    if !isReady { isReady = try await octopus.exists(plan.needs) == plan.needs.count }
    if isReady, plan.service == nil { return nil }
    let waiting = try await WaitingExec(plan, isReady: isReady, in: octopus)
    if isReady { return waiting }
    do {
      repeat {
        // They come one after the other, and some may go again meanwhile.
        try await withThrowingTaskGroup { group in
          for query in plan.needs {
            group.addTask { _ = try await octopus.waitFor(query, timeout: deadline.left) }
          }
          try await group.waitForAll()
        }
      } while try await octopus.exists(plan.needs) < plan.needs.count
    } catch OctopusError.timeout {
      throw try await lacking(plan.needs, in: octopus)
    }
    try await waiting.start(in: octopus)
    return waiting
  }

  private func lacking(_ queries: [Query], in octopus: OctopusClient) async throws -> CommandError {
    var missing: [String] = []
    for query in queries where try await !octopus.exists(query) { missing.append("\(query)") }
    let what =
      missing.isEmpty ? "not all at one time" : "without " + missing.joined(separator: ", ")
    return CommandError("the time limit has passed, \(what)", .timeLimit)
  }
}

/// A moment to be done by; none: no limit.
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
