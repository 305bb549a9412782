import ArgumentParser
import Octopus

// get, names, find, count, exists: they change nothing, and say with their status whether they
// found.

/// What to look for.
struct QueryArgument: ParsableArguments, Sendable {
  @Argument(
    help: ArgumentHelp(
      "The query: one word of the shell, or a name and a body.", valueName: "query"),
    completion: .recordNames)
  var words: [String]

  func query() throws(CommandError) -> Query { try OctopusShell.query(words) }
  func queries() throws(CommandError) -> [Query] { try OctopusShell.queries(words) }
}

struct PageOptions: ParsableArguments, Sendable {
  @Option(help: "At most so many.")
  var limit: Int?

  @Option(help: "Only names after this one, which need not exist.", completion: .recordNames)
  var after: String?

  /// Results asked for at once: large enough to be quick, small enough that nobody waits long.
  static let size = 1_000

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
  }

  /// Calls `page` until there is no more; answers whether there was anything. `page` shows what it
  /// finds and answers how much that was, and the last name.
  func all(
    _ page: (_ limit: Int, _ after: String?) async throws -> (count: Int, last: String?)
  ) async throws -> ExitStatus {
    var left = limit ?? .max
    var after = try after.map(plainName)
    var isFound = false
    while left > 0 {
      let size = min(left, Self.size)
      let result = try await page(size, after)
      isFound = isFound || result.count > 0
      guard result.count == size else { break }
      left -= size
      after = result.last
    }
    return isFound ? .done : .notFound
  }
}

struct Get: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Print the first record that matches.",
    discussion: """
      First in natural order of names: lock_2 comes before lock_10.

        octopus get service.pci
        octopus get "_ { state: 'ready' }"
        octopus get r'^lock_' '{ mode: exclusive }' --json

      Exit status 1 if nothing matches.
      """)

  @OptionGroup var query: QueryArgument
  @Flag(help: "Print the revision of its last change first, for --if of set, update and del.")
  var revision = false
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    let found = try await context.octopus.revisioned(.get(query))
    guard let record = found.value else { return .notFound }
    context.output.record(record, revision: revision ? found.revision : nil)
    return .done
  }
}

struct Names: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "names",
    abstract: "List the names of the records that match.",
    discussion: """
      In natural order, one a line, each as it stands in a query.

        octopus names
        octopus names "r'^hw\\.' { class: 0x0c }"
        octopus names --prefix hw.pci --limit 20

      Exit status 1 if nothing matches.
      """)

  @Argument(
    help: ArgumentHelp("The query; without one, every record.", valueName: "query"),
    completion: .recordNames)
  var words: [String] = []

  @Option(help: "Instead of a query: all names that begin so.", completion: .recordNames)
  var prefix: String?

  @OptionGroup var page: PageOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    if prefix != nil, !words.isEmpty { throw ValidationError("Give a query or --prefix.") }
  }

  func read() throws(CommandError) -> Query {
    if let prefix { return try Query(namePrefix: prefix) }
    return try query(words.isEmpty ? ["_"] : words)
  }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    return try await page.all { limit, after in
      let names = try await context.octopus.names(query, limit: limit, after: after)
      context.output.names(names)
      return (names.count, names.last)
    }
  }
}

struct Find: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Print all records that match.",
    discussion: """
      In natural order of names, one a line.

        octopus find "_ { vendor: 0x8086 }"
        octopus find "_ { load > 0.5, load <= 1 }" --json

      Exit status 1 if nothing matches.
      """)

  @OptionGroup var query: QueryArgument
  @OptionGroup var page: PageOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    try await page.all { limit, after in
      let records = try await context.octopus.find(query, limit: limit, after: after)
      context.output.records(records)
      return (records.count, records.last?.name)
    }
  }
}

struct Count: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "count",
    abstract: "Print how many records match.",
    discussion: "Exit status 1 if none does.")

  @OptionGroup var query: QueryArgument
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    let count = try await context.octopus.count(query)
    context.output.number(count)
    return count > 0 ? .done : .notFound
  }
}

struct Exists: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "exists",
    abstract: "Print how many of the queries have a match.",
    discussion: """
        octopus exists service.pci && echo up
        octopus exists service.pci service.usb '{ state: ready }'

      Exit status 1 unless all have one.
      """)

  @OptionGroup var queries: QueryArgument
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> [Query] { try queries.queries() }

  func run(_ queries: [Query], in context: CommandContext) async throws -> ExitStatus {
    let count = try await context.octopus.exists(queries)
    context.output.number(count)
    return count == queries.count ? .done : .notFound
  }
}
