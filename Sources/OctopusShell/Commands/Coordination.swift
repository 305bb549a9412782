import ArgumentParser
import Octopus

// lock, elect, sem, barrier: programs that run while something is held.

/// How long to wait for a lock or permits.
struct WaitOptions: ParsableArguments, Sendable {
  @Option(help: "Give up after so long: 2, 0.5, 500ms, 5m, 1h.") var timeout: TimeLimit?
  @Flag(name: [.customShort("n"), .long], help: "Do not wait: exit with status 1 instead.")
  var nonblock = false

  func validate() throws {
    if nonblock, timeout != nil {
      throw ValidationError("--nonblock and --timeout exclude each other.")
    }
  }

  /// Nil: without limit.
  var limit: Duration? { nonblock ? .zero : timeout?.duration }

  /// The status if nothing came of it.
  var status: ExitStatus { nonblock ? .notFound : .timeLimit }
}

/// Nil at the time limit.
private func unlessTimeout<Result>(
  _ body: () async throws(OctopusError) -> Result
) async throws -> Result? {
  do throws(OctopusError) { return try await body() } catch .timeout { return nil }
}

extension OctopusClient.Lock {
  fileprivate var environment: [String: String] { ["OCTOPUS_FENCING_TOKEN": "\(token)"] }
}

extension CommandOptions {
  fileprivate func require() throws {
    if words.isEmpty { throw ValidationError("Say what to run, after --.") }
  }
}

struct Lock: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Run a program while holding a lock.",
    usage: "octopus lock <name> [--shared] [--timeout <limit>] [--nonblock] -- <command> ...",
    discussion: """
        octopus lock backup -- ./backup --all
        octopus lock --shared index --timeout 5m -- ./search
        octopus lock --nonblock nightly -- ./nightly || echo 'runs already'

      First come, first served; shared ones together, without overtaking. Who waits
      is to be seen: octopus find "_ { lock: 'backup' }". $OCTOPUS_FENCING_TOKEN is
      a number that grows with every holder: storage that refuses smaller ones is
      safe from those who lost the lock and do not know.

      Exit status: the program's; 1 with --nonblock and 124 with --timeout if the
      lock is not to be had; 3 if it is lost: the program is terminated then.
      """)

  @Argument(help: "The lock's name; it need not exist.") var name: String
  @Flag(help: "Hold it together with others who share it.") var shared = false
  @OptionGroup var wait: WaitOptions
  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws { try command.require() }

  func read() {}

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    let acquired = try await unlessTimeout { () throws(OctopusError) in
      try await context.octopus.lock(name, shared: shared, timeout: wait.limit)
    }
    guard let lock = acquired else { return wait.status }
    return try await command.run(
      .init(environment: lock.environment), format: format,
      while: { _ in try await CommandError(loss: lock.loss()) },
      release: { try await lock.release() })
  }
}

struct Elect: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "elect",
    abstract: "Run a program while being the leader.",
    usage: "octopus elect <name> [--with <body>] -- <command> ...",
    discussion: """
        octopus elect scheduler --with "{ addr: '10.0.0.7:80' }" -- ./scheduler
        octopus get "_ { lock: 'scheduler' }"        the leader
        octopus watch "_ { lock: 'scheduler' }"      and who would be next

      Waits until it is elected, and runs the program. Who deletes its record, votes
      it out: the program is terminated, and it stands for election again. When the
      program ends it resigns, and exits with the program's status; with 3 if the
      server is lost. The term's number is $OCTOPUS_FENCING_TOKEN: each leader's is
      greater than that of all before.
      """)

  @Argument(help: "The name of the office.") var name: String
  @Option(help: ArgumentHelp("What the leader's record says.", valueName: "body"))
  var with: String?
  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws { try command.require() }

  func read() throws(CommandError) -> [(String, Value)] {
    guard let with else { return [] }
    // A malformed body is reported here, with the position of the error.
    return try record(["x", with]).attributes.map { ($0.name, $0.value) }
  }

  func run(_ attributes: [(String, Value)], in context: CommandContext) async throws -> ExitStatus {
    let election = context.octopus.election(name)
    while true {
      let leadership = try await election.campaign(pairs: attributes)
      let (status, loss) = try await command.runOnce(
        .init(environment: leadership.environment), again: true, format: format,
        while: { _ in try await CommandError(loss: leadership.loss()) })
      if loss == nil {
        try? await leadership.release()
        return status
      }
      if context.octopus.isClosed { return .noServer }
    }
  }
}

struct Semaphore: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "sem",
    abstract: "Run a program while holding permits of a semaphore.",
    usage: """
      octopus sem <name> [<count>] [--new <permits>]
        [--timeout <limit>] [--nonblock] [-- <command> ...]
      """,
    discussion: """
        octopus sem --new 4 builds                   make it, with four permits; again: the same
        octopus sem builds -- make                   with one of them
        octopus sem builds 2 --timeout 1m -- make -j2

      First come, first served: nobody overtakes who wants more. The permits come
      back when the program ends, or this one. `octopus get builds` tells how many
      are free.

      Exit status: the program's; 1 with --nonblock and 124 with --timeout if there
      are not enough; 2 if there is no such semaphore; 3 if it or the server is
      lost: the program is terminated then.
      """)

  @Argument(help: "The semaphore's name.") var name: String
  @Argument(help: "How many permits.") var count: Int = 1
  @Option(help: "Make the semaphore, with so many permits.") var new: Int?
  @OptionGroup var wait: WaitOptions
  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    if new == nil { try command.require() }
    if count < 1 { throw ValidationError("At least one permit.") }
    if let new, new < 0 { throw ValidationError("--new is at least 0.") }
  }

  func read() {}

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    let semaphore = context.octopus.semaphore(name)
    if let new { try await semaphore.create(permits: new) }
    if command.words.isEmpty { return .done }
    let acquired = try await unlessTimeout { () throws(OctopusError) in
      try await semaphore.acquire(count, timeout: wait.limit)
    }
    guard let permit = acquired else { return wait.status }
    return try await command.run(
      format: format, while: { _ in try await CommandError(loss: permit.loss()) },
      release: { try await permit.release() })
  }
}

struct Barrier: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "barrier",
    abstract: "Wait until so many have come; with a program, also until all are done.",
    usage: "octopus barrier <name> <parties> [--timeout <limit>] [-- <command> ...]",
    discussion: """
        octopus barrier ready 3                      comes back when three have come
        octopus barrier round 3 -- ./work            starts when three have come, and comes back
                                                     when the programs of all three have ended

      Who goes before enough have come is not counted. Exit status: the program's;
      124 if the time limit passes before enough have come; 1 if a party of this
      round died; 3 if the server is lost: the program is terminated then.
      """)

  @Argument(help: "The barrier's name; it need not exist.") var name: String
  @Argument(help: "How many come.") var parties: Int
  @Option(help: "Give up after so long: 2, 0.5, 500ms, 5m, 1h.") var timeout: TimeLimit?
  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() {}

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    let barrier = context.octopus.barrier(name, parties: parties)
    do { try await barrier.enter(timeout: timeout?.duration) } catch OctopusError.timeout {
      return .timeLimit
    }
    if command.words.isEmpty {
      // Leaves, and waits for nobody.
      try? await barrier.leave(timeout: .zero)
      return .done
    }
    let (status, loss) = try await command.runOnce(
      format: format, while: { _ in try await CommandError(loss: barrier.loss()) })
    if let loss { return loss.status }
    do throws(OctopusError) { try await barrier.leave() } catch {
      guard error.code == .broken else { throw error }
      CommandError(error).show(in: format)
      return status == .done ? .notFound : status
    }
    return status
  }
}
