import ArgumentParser
import Octopus
import OctopusRecords
import RESP

// lock, elect, sem, barrier: programs that run while something is held.

/// How long to wait for one's turn.
struct TurnOptions: ParsableArguments, Sendable {
  @Option(help: "Give up after so long: 2, 0.5, 500ms, 5m, 1h.") var timeout: TimeLimit?
  @Flag(name: [.customShort("n"), .long], help: "Do not wait: exit with status 1 instead.")
  var nonblock = false

  func validate() throws {
    if nonblock, timeout != nil {
      throw ValidationError("--nonblock and --timeout exclude each other.")
    }
  }

  var arguments: [String] {
    if nonblock { return ["TIMEOUT", "0"] }
    // A limit that is over is a try.
    return timeout.map { ["TIMEOUT", "\($0.milliseconds)"] } ?? []
  }

  /// The status if nothing came of it.
  var status: ExitStatus { nonblock ? .notFound : .timeLimit }
}

/// A lock that this session holds.
private struct Held {
  let token: Int64
  let member: String

  var environment: [String: String] { ["OCTOPUS_FENCING_TOKEN": "\(token)"] }
}

extension Session {
  /// Waits for a lock; nil at the time limit.
  fileprivate func lock(_ arguments: [String]) async throws -> Held? {
    let reply = try await ask(["LOCK"] + arguments)
    if reply.isNull { return nil }
    guard let parts = reply.elements, parts.count == 2, let token = parts[0].integer,
      let member = parts[1].text
    else { throw OctopusError.protocolViolation("an unexpected reply to LOCK") }
    return Held(token: token, member: try record([member]).name)
  }

  fileprivate func ask(_ arguments: [String]) async throws -> RESPValue {
    let reply = try await octopus.reply(to: arguments.map { Array($0.utf8) })
    guard let failure = reply.failure else { return reply }
    throw OctopusError.refused(ErrorCode(rawValue: failure.code) ?? .error, failure.message)
  }
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
  @OptionGroup var turn: TurnOptions
  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws { try command.require() }

  func read() {}

  func run(_: Void, in session: Session) async throws -> ExitStatus {
    let arguments = [name] + (shared ? ["SHARED"] : []) + turn.arguments
    guard let lock = try await session.lock(arguments) else { return turn.status }
    return try await command.run(.init(environment: lock.environment), in: session, telling: form) {
      _ in
      try await session.loss(of: lock.member)
    }
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
  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws { try command.require() }

  func read() throws(Complaint) -> [String] {
    guard let with else { return [name] }
    // Whether it is a body can be said here, with the place of the error.
    _ = try record(["x", with])
    return [name, "WITH", with]
  }

  func run(_ arguments: [String], in session: Session) async throws -> ExitStatus {
    while true {
      guard let office = try await session.lock(arguments) else { return .timeLimit }
      let (status, loss) = try await command.runOnce(
        .init(environment: office.environment), again: true, telling: form
      ) { _ in try await session.loss(of: office.member) }
      if loss == nil {
        await session.release()
        return status
      }
      if session.octopus.isClosed { return .noServer }
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
  @OptionGroup var turn: TurnOptions
  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    if new == nil { try command.require() }
    if count < 1 { throw ValidationError("At least one permit.") }
    if let new, new < 0 { throw ValidationError("--new is at least 0.") }
  }

  func read() {}

  func run(_: Void, in session: Session) async throws -> ExitStatus {
    if let new { _ = try await session.ask(["SEM", "NEW", name, "\(new)"]) }
    if command.words.isEmpty { return .done }
    let reply = try await session.ask(["SEM", "WAIT", name, "\(count)"] + turn.arguments)
    if reply.isNull { return turn.status }
    return try await command.run(in: session, telling: form) { _ in
      try await session.loss(of: name)
    }
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
  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() {}

  func run(_: Void, in session: Session) async throws -> ExitStatus {
    let limit = timeout.map { ["TIMEOUT", "\($0.milliseconds)"] } ?? []
    let reply = try await session.ask(["BARRIER", "ENTER", name, "\(parties)"] + limit)
    guard let member = reply.text else { return .timeLimit }
    if command.words.isEmpty {
      // Leaves, and waits for nobody.
      _ = try? await session.ask(["BARRIER", "LEAVE", name, "TIMEOUT", "0"])
      return .done
    }
    let (status, loss) = try await command.runOnce(telling: form) { _ in
      try await session.loss(of: try record([member]).name)
    }
    if let loss { return loss.status }
    do {
      _ = try await session.ask(["BARRIER", "LEAVE", name])
    } catch let error as OctopusError where error.code == .broken {
      Complaint(error).show(in: form)
      return status == .done ? .notFound : status
    }
    return status
  }
}
