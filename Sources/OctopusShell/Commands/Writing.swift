import ArgumentParser
import Octopus
import OctopusRecords
import OctopusSystem

// set, setseq, update, del. A condition that does not hold is status 1; nothing was changed then.

struct RecordArgument: ParsableArguments, Sendable {
  @Argument(
    help: ArgumentHelp(
      "The record: one word of the shell, or a name and a body.", valueName: "record"),
    completion: .recordNames)
  var words: [String]

  func record() throws(CommandError) -> Record { try OctopusShell.record(words) }
  func write() throws(CommandError) -> Write { try OctopusShell.write(words) }
}

/// A transient record lives as long as the session that set it.
struct TransientOption: ParsableArguments, Sendable {
  @Flag(
    help: """
      The record goes with this program, which then stays until it is interrupted or the record \
      is deleted. At the prompt it goes with the prompt.
      """)
  var transient = false

  /// Keeps the session, and with it the record, where the command would end it.
  func hold(_ name: String, in context: CommandContext) async throws {
    guard transient, !context.output.isPrompt else { return }
    try await context.octopus.waitFor(gone: query([nameText(name)]))
  }
}

struct Set: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Store a record, in the place of the one of this name.",
    discussion: """
        octopus set "service.pci { state: 'ready', port: 7 }"
        octopus set counter '{ value: 5, value == 4 }'     compare and set
        octopus set service.pci --nx                       only if there is none
        octopus find _ --json | octopus --socket s set --json

      `a: value` assigns; ==, !=, <, <=, >, >=, a: r'regex' and a: _ are conditions on the record
      that is there. Exit status 1 if they, --nx, --xx or --if do not hold.

      With --json the record is JSON, as --json prints it; without an argument, records on
      standard input, which are set one after the other once all of them are read.
      """)

  @Argument(
    help: ArgumentHelp(
      "The record: one word of the shell, or a name and a body.", valueName: "record"),
    completion: .recordNames)
  var words: [String] = []
  @Flag(help: "Only if there is no record of this name.") var nx = false
  @Flag(help: "Only if there is a record of this name.") var xx = false
  @Option(
    name: .customLong("if"),
    help: "Only if the record's last change has this revision; 0: if there is none.")
  var revision: Int64?
  @OptionGroup var lifetime: TransientOption
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    if nx, xx { throw ValidationError("--nx and --xx exclude each other.") }
    if words.isEmpty, !format.json {
      throw ValidationError("Missing expected argument '<record> ...'")
    }
  }

  var readsStandardInput: Bool { words.isEmpty }

  func read() throws(CommandError) -> [Write] {
    guard format.json else { return [try write(words)] }
    let text: [UInt8]
    do throws(SystemError) {
      text = words.isEmpty ? try readStandardInput() : Array(words.joined(separator: " ").utf8)
    } catch {
      throw CommandError(error)
    }
    return try records(fromJSON: text).map { Write($0) }
  }

  func run(_ writes: [Write], in context: CommandContext) async throws -> ExitStatus {
    var set: [String] = []
    for write in writes {
      let isSet = try await context.octopus.set(
        write, only: nx ? .absent : xx ? .present : nil, ifRevision: revision,
        transient: lifetime.transient)
      if isSet { set.append(write.record.name) }
    }
    if !set.isEmpty { context.output.acknowledge() }
    for name in set { try await lifetime.hold(name, in: context) }
    return set.count == writes.count ? .done : .notFound
  }
}

struct SetSequential: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "setseq",
    abstract: "Store a record under the next number of its name, and print the name.",
    discussion: """
        octopus setseq job_ '{ kind: build }'              job_0, then job_1, …

      A number is never given twice; a name that is taken is skipped.
      """)

  @OptionGroup var record: RecordArgument
  @OptionGroup var lifetime: TransientOption
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Record { try record.record() }

  func run(_ record: Record, in context: CommandContext) async throws -> ExitStatus {
    let name = try await context.octopus.setSequential(
      record, transient: lifetime.transient)
    context.output.names([name])
    try await lifetime.hold(name, in: context)
    return .done
  }
}

struct Update: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change attributes of a record that is there.",
    discussion: """
        octopus update service.pci '{ state: busy }'
        octopus update service.pci '{ state: ready, state == busy }' --remove error
        octopus update counter --add value=1

      Exit status 1 if there is no such record, or a condition or --if does not hold.
      """)

  @OptionGroup var record: RecordArgument
  @Option(help: "Remove an attribute. May be repeated.", transform: attributeName(_:))
  var remove: [String] = []
  @Option(
    help: "Add to a number; an attribute that is absent counts as 0. May be repeated.",
    transform: Addition.init(_:))
  var add: [Addition] = []
  @Option(
    name: .customLong("if"), help: "Only if the record's last change has this revision.")
  var revision: Int64?
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Write { try record.write() }

  func run(_ write: Write, in context: CommandContext) async throws -> ExitStatus {
    let first: OctopusClient.Command<Record> =
      if let addition = add.first {
        .update(
          write, remove: remove, add: [addition.attribute: addition.amount], ifRevision: revision)
      } else {
        .update(write, remove: remove, ifRevision: revision)
      }
    let others: [OctopusClient.Command<Record>] = try add.dropFirst().map {
      .update(Write(try Record(name: write.record.name)), add: [$0.attribute: $0.amount])
    }
    let octopus = context.octopus
    let states =
      others.isEmpty
      ? [try await octopus.run(first)] : try await octopus.transaction([first] + others)
    context.output.record(states[states.count - 1])
    return .done
  }
}

/// `attribute=number`
struct Addition: Sendable {
  let attribute: String
  let amount: Value

  init(_ text: String) throws {
    // A name may have the sign in it, a number has not.
    guard let sign = text.lastIndex(of: "=") else {
      throw ValidationError("'\(text)' is not attribute=number")
    }
    attribute = try attributeName(String(text[..<sign]))
    do {
      let number = Array(text[text.index(after: sign)...].utf8)
      amount = try number.withUnsafeBufferPointer { try Value(number: $0) }
    } catch let error as SyntaxError {
      throw ValidationError("'\(text)' is not attribute=number: \(error.message)")
    }
  }
}

struct Delete: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "del",
    abstract: "Delete records, and print how many.",
    discussion: """
        octopus del service.pci
        octopus del job_7 '{ state: done }'                only if it is
        octopus del --all "r'^job_' { state: done }"       every match

      Exit status 1 if nothing was deleted.
      """)

  @OptionGroup var queries: QueryArgument
  @Flag(help: "Delete every match of a pattern; without it only names are taken.")
  var all = false
  @Option(
    name: .customLong("if"), help: "Only if the record's last change has this revision.")
  var revision: Int64?
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> [Query] { try queries.queries() }

  func run(_ queries: [Query], in context: CommandContext) async throws -> ExitStatus {
    var count = 0
    for query in queries {
      count += try await context.octopus.delete(query, all: all, ifRevision: revision)
    }
    context.output.number(count)
    return count > 0 ? .done : .notFound
  }
}
