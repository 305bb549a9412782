import ArgumentParser
import Glibc
import Octopus

// register, lookup: services, and how long they are there.

/// The record of a service: transient, and nobody else's.
struct ServiceRecord: Sendable {
  let record: Record

  /// Throws if there is a record of this name. Another may still come before it is published.
  func checkFree(in octopus: OctopusClient) async throws {
    if try await octopus.exists(name()) { throw taken }
  }

  /// The record as it is published: with the process that it stands for unless it says one.
  func published(for process: pid_t) throws(SyntaxError) -> Record {
    var pairs = record.attributes.map { ($0.name, $0.value) }
    if record["pid"] == nil { pairs.append(("pid", .integer(Int64(process)))) }
    return try Record(name: record.name, pairs: pairs)
  }

  /// Publishes it, for as long as there is a reference to what this returns.
  func publish(
    for process: pid_t, in octopus: OctopusClient
  ) async throws -> OctopusClient.Service {
    do { return try await octopus.register(published(for: process)) } catch let error
      as OctopusError
      where error.code == .busy
    { throw taken }
  }

  /// Publishes it, for as long as the session lasts.
  func publishForSession(in octopus: OctopusClient) async throws {
    let write = try Write(published(for: getpid()))
    guard try await octopus.set(write, only: .absent, transient: true) else { throw taken }
  }

  private func name() throws(CommandError) -> Query { try query([nameText(record.name)]) }

  private var taken: CommandError {
    CommandError("\(nameText(record.name)) is there already", .notFound)
  }
}

struct Register: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "register",
    abstract: "Have a record be there as long as this program, or what it runs.",
    usage: "octopus register <record> [<body>] [-- <command> ...]",
    discussion: """
        octopus register "service.web { addr: '10.0.0.7:80' }" &
        octopus register service.web '{ port: 8080 }' -- ./server --port 8080

      The record is transient, and says the process as `pid` unless it says another.
      Somebody else's record of this name stays as it is: exit status 1. With a
      program after --, its exit status; should the record or the connection be lost
      it is terminated, and the exit status is 3.
      """)

  @Argument(help: "The record, or its name.") var record: String
  @Argument(help: "The record's body.") var body: String?
  @OptionGroup(title: "Program") var command: CommandOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> ServiceRecord {
    ServiceRecord(record: try OctopusShell.record([record] + (body.map { [$0] } ?? [])))
  }

  func run(_ service: ServiceRecord, in context: CommandContext) async throws -> ExitStatus {
    let octopus = context.octopus
    if command.words.isEmpty {
      // At the prompt it goes with the prompt.
      if context.output.isPrompt {
        try await service.publishForSession(in: octopus)
        context.output.acknowledge()
        return .done
      }
      let published = try await service.publish(for: getpid(), in: octopus)
      context.output.acknowledge()
      guard let loss = try await CommandError(loss: published.loss()) else { return .done }
      throw loss
    }
    try await service.checkFree(in: octopus)
    let publication = Publication(service, in: octopus)
    return try await command.run(
      format: format,
      while: { child in
        await publication.handle(.ready, from: child)
        try await publication.begun()
        return try await publication.loss()
      }, release: { try await publication.withdraw() })
  }
}

struct LookUp: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "lookup",
    abstract: "Print the record of a service, or one of its attributes.",
    discussion: """
        octopus lookup service.web
        octopus lookup service.web --wait --attribute addr
        octopus lookup "_ { kind: 'printer', colour: true }" --timeout 5

      Exit status 1 if nothing matches, or it has no such attribute; 124 if the time
      limit passes first. All that match: `octopus find`; as they come and go:
      `octopus watch`.
      """)

  @OptionGroup var query: QueryArgument
  @Option(help: "Only the value of this attribute, as it is.", transform: attributeName(_:))
  var attribute: String?
  @Flag(help: "Wait until there is one.") var wait = false
  @Option(help: "Wait, but no longer than this: 2, 0.5, 500ms, 5m, 1h.") var timeout: TimeLimit?
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    let found: Record?
    do { found = try await find(query, in: context.octopus) } catch OctopusError.timeout {
      return .timeLimit
    }
    guard let record = found else { return .notFound }
    guard let attribute else {
      context.output.record(record)
      return .done
    }
    guard let value = record[attribute] else { return .notFound }
    context.output.text(format.json ? value.json : value.text ?? value.description)
    return .done
  }

  private func find(_ query: Query, in octopus: OctopusClient) async throws -> Record? {
    wait || timeout != nil
      ? try await octopus.waitFor(query, timeout: timeout?.duration)
      : try await octopus.get(query)
  }
}
