import ArgumentParser
import OctopusSystem

/// A command that speaks to the server: of its own from the command line, or at the prompt.
protocol ShellCommand: ParsableCommand, Sendable {
  var server: ServerOptions { get }
  var format: OutputOptions { get }

  /// Whether the prompt lets it run on while the next line is typed.
  var runsInBackground: Bool { get }

  /// Whether it reads its standard input, which at the prompt is where the lines come from.
  var readsStandardInput: Bool { get }

  /// What the arguments say, read before there is a connection: a query, a record.
  associatedtype Input: Sendable
  func read() throws(CommandError) -> Input

  func run(_ input: Input, in context: CommandContext) async throws -> ExitStatus
}

extension ShellCommand {
  var runsInBackground: Bool { false }
  var readsStandardInput: Bool { false }
}

extension ShellCommand where Input == Void {
  func read() {}
}

struct OctopusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "octopus",
    abstract: "Speak to octopusd: records, queries, events.",
    discussion: """
      Without a command it opens a prompt.

      A record is a name and attributes; a query has the same shape:
        octopus set 'service.pci { state: ready, port: 7 }'
        octopus set service.pci '{ state: ready, port: 7 }'
        octopus get 'service.pci'
        octopus find "r'^hw\\.pci\\.' { class: 0x0c, bus >= 1 }"
        octopus wait 'service.pci { state: ready }' --timeout 10
        octopus watch '_ { state: _ }'

      In a query the name is a name, r'regex' or _ (any). Constraints are
      a: value, ==, !=, <, <=, >, >=, a: r'regex' and a: _ (present).

      Exit status:
        0    found or done
        1    not found, or a condition does not hold
        2    bad usage or syntax; refused by the server; a file cannot be used
        3    no server; its connection, or what was held over it, is lost
        4    exec: several wait for each other in a cycle
        124  the time limit has passed
        126  a program cannot be run
        127  a program is not found
        130  interrupted
      A command that runs a program has the program's, or ends by the signal that
      ended it.
      """,
    version: Version.current,
    groupedSubcommands: [
      CommandGroup(
        name: "Reading",
        subcommands: [Get.self, Names.self, Find.self, Count.self, Exists.self, Export.self]),
      CommandGroup(
        name: "Writing",
        subcommands: [Set.self, SetSequential.self, Update.self, Delete.self, Import.self]),
      CommandGroup(
        name: "Waiting and watching",
        subcommands: [Wait.self, Watch.self, Publish.self, Subscribe.self]),
      CommandGroup(
        name: "Services", subcommands: [Register.self, LookUp.self, Exec.self, Ready.self]),
      CommandGroup(
        name: "Coordination",
        subcommands: [Lock.self, Elect.self, Semaphore.self, Barrier.self]),
      CommandGroup(
        name: "The server",
        subcommands: [
          Explain.self, Info.self, Clients.self, Monitor.self, Sync.self, Backup.self,
        ]),
    ])

  @OptionGroup(title: "Server") var server: ServerOptions
  @OptionGroup(title: "Output") var format: OutputOptions

  static let commandNames = configuration.groupedSubcommands.flatMap(\.subcommands).map {
    $0.configuration.commandName ?? $0._commandName
  }
}
