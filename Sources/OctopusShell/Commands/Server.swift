import ArgumentParser
import Octopus

// explain, info, clients: the server's plans, figures and connections.

struct Explain: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Print how the server would answer a query: which index, how many candidates.",
    discussion: """
        octopus explain "r'^hw\\.pci\\.' { class: 0x0c, bus >= 1 }"
      """)

  @OptionGroup var query: QueryArgument
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Query { try query.query() }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    let plan = try await context.octopus.explain(query)
    context.output.fields(plan.fields.map { ($0.name, $0.value) })
    return .done
  }
}

struct Info: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Print the server's figures.",
    discussion: """
        octopus info
        octopus info memory
        octopus info --json | jq .
      """)

  @Argument(help: "Only this section.") var section: String?
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    let text = try await context.octopus.info(section: section)
    guard context.output.isJSON else {
      context.output.lines(of: text)
      return .done
    }
    let pairs = text.split(whereSeparator: \.isNewline).compactMap { line -> (String, String)? in
      guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]), String(line[line.index(after: colon)...]))
    }
    context.output.fields(pairs)
    return .done
  }
}

struct Clients: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "clients",
    abstract: "List who is connected.")

  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    let text = try await context.octopus.clients()
    for line in text.split(whereSeparator: \.isNewline) {
      guard context.output.isJSON else {
        context.output.line(String(line))
        continue
      }
      context.output.fields(
        line.split(separator: " ").map { field in
          let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
          return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        })
    }
    return .done
  }
}
