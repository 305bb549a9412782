import ArgumentParser
import Octopus

// wait, watch, publish, subscribe.

struct Wait: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until a record matches, and print it.",
    discussion: """
      Returns at once if one does already.

        octopus wait "service.pci { state: 'ready' }" --timeout 10
        octopus wait --gone "r'^job_'"                     until none matches
        octopus wait --count 4 "r'^worker_'"               until four match

      Exit status 124 if the time limit passes first.
      """)

  @OptionGroup var query: QueryArgument
  @Flag(help: "Until nothing matches.") var gone = false
  @Option(help: "Until so many match.") var count: Int?
  @Option(help: "Give up after so long: 2, 0.5, 500ms, 5m, 1h.") var timeout: TimeLimit?
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    if gone, count != nil { throw ValidationError("--gone and --count exclude each other.") }
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
  }

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    let octopus = context.octopus
    do {
      if gone {
        try await octopus.waitFor(gone: query, timeout: timeout?.duration)
      } else if let count {
        try await octopus.waitFor(query, count: count, timeout: timeout?.duration)
      } else {
        context.output.record(try await octopus.waitFor(query, timeout: timeout?.duration))
      }
      return .done
    } catch OctopusError.timeout {
      return .timeLimit
    }
  }
}

/// When a stream of events ends by itself.
struct StreamOptions: ParsableArguments, Sendable {
  @Option(help: "End after so many.") var count: Int?
  @Option(help: "End after so long, with status 124: 2, 0.5, 500ms, 5m, 1h.")
  var timeout: TimeLimit?

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
  }

  /// Hands on elements until there have been enough, or the time limit has passed.
  func show<Elements: AsyncSequence & Sendable>(
    _ elements: Elements, already seen: Int = 0,
    _ show: @escaping @Sendable (Elements.Element) -> Void
  ) async throws -> ExitStatus {
    let limit = count ?? .max
    if seen >= limit { return .done }
    return try await withThrowingTaskGroup(of: ExitStatus.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        var seen = seen
        for try await element in elements {
          show(element)
          seen += 1
          if seen >= limit { break }
        }
        return .done
      }
      if let timeout {
        group.addTask {
          try await Task.sleep(for: timeout.duration)
          return .timeLimit
        }
      }
      // The first to end decides.
      return try await group.next()!
    }
  }
}

struct Watch: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Print the records that match, then each change, as they come.",
    discussion: """
        octopus watch "r'^hw\\.pci\\.' { class: 0x0c }"
        octopus watch _ --json | while read -r event; do …; done

      Each line begins with what happened: `existing`, `set` (it matches now), `del` (its last
      state), `out` (it matches no longer; its new state). Runs until it is interrupted.
      """)

  @OptionGroup var query: QueryArgument
  @Flag(help: "Only changes, not what is there already.") var changes = false
  @OptionGroup var stream: StreamOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  var runsInBackground: Bool { true }

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    let observed = try await context.octopus.observe(query)
    let existing = changes ? [] : observed.records.prefix(stream.count ?? .max)
    context.output.existing(existing, revision: observed.revision)
    return try await stream.show(observed.changes, already: existing.count) {
      context.output.change($0)
    }
  }
}

struct Publish: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Hand a record to whoever subscribes to it, and print how many got it.",
    discussion: """
        octopus publish "alarm { zone: 3, level: 'high' }"

      Nothing is stored.
      """)

  @OptionGroup var record: RecordArgument
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Record { try record.record() }

  func run(_ record: Record, in context: CommandContext) async throws -> ExitStatus {
    context.output.number(try await context.octopus.publish(record))
    return .done
  }
}

struct Subscribe: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "subscribe",
    abstract: "Print published records that match, as they come.",
    discussion: """
        octopus subscribe "alarm { zone: 3 }"
        octopus subscribe _ --count 1 --timeout 10

      Runs until it is interrupted.
      """)

  @OptionGroup var query: QueryArgument
  @OptionGroup var stream: StreamOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  var runsInBackground: Bool { true }

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    let messages = try await context.octopus.subscribe(query)
    return try await stream.show(messages) { context.output.record($0) }
  }
}
