import ArgumentParser
import Octopus

// explain, info, clients: how the server answers, how it is, and who is there.

struct Explain: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Print how the server would answer a query: which index, how many candidates.",
    discussion: """
        octopus explain "r'^hw\\.pci\\.' { class: 0x0c, bus >= 1 }"
      """)

  @OptionGroup var query: QueryArgument
  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(Complaint) -> Query { try query.query() }

  func run(_ query: Query, in session: Session) async throws -> ExitStatus {
    let plan = try await session.octopus.explain(query)
    session.output.fields(plan.fields.map { ($0.name, $0.value) })
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
  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func run(_: Void, in session: Session) async throws -> ExitStatus {
    let text = try await session.octopus.info(section: section)
    guard session.output.isJSON else {
      session.output.lines(of: text)
      return .done
    }
    let pairs = text.split(whereSeparator: \.isNewline).compactMap { line -> (String, String)? in
      guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]), String(line[line.index(after: colon)...]))
    }
    session.output.fields(pairs)
    return .done
  }
}

struct Clients: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "clients",
    abstract: "List who is connected.")

  @OptionGroup(title: "Output") var form: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func run(_: Void, in session: Session) async throws -> ExitStatus {
    let text = try await session.octopus.clients()
    for line in text.split(whereSeparator: \.isNewline) {
      guard session.output.isJSON else {
        session.output.line(String(line))
        continue
      }
      session.output.fields(
        line.split(separator: " ").map { field in
          let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
          return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        })
    }
    return .done
  }
}
