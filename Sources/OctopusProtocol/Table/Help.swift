import OctopusEngine

// What the table tells people: HELP, the shell's `help`, `octopusd --help`, docs/commands.md.
extension CommandTable {
  /// Lines about all commands, or about one, or about one and its subcommands.
  package func help(for name: CommandName?) -> [String] {
    guard let name else {
      return CommandSpec.Group.allCases.flatMap { group in
        [group.title] + commands.filter { $0.group == group }.flatMap(\.shortHelp)
      }
    }
    let row = self[name]
    let subcommands = subcommands(of: name)
    let isContainer = !subcommands.isEmpty && row.arity < -1
    return (isContainer ? [row.summary] : row.longHelp) + subcommands.flatMap(\.shortHelp)
  }

  /// The reference, in Markdown.
  package var reference: String {
    var text = """
      # Commands

      This page is printed from the command table (`CommandTable.reference`); a test compares the two.
      [The wire protocol](wire-protocol.md) explains what the commands have in common.

      """
    for group in CommandSpec.Group.allCases {
      text += "\n## \(group.title)\n"
      for row in rows where row.group == group && !isContainer(row) { text += row.reference }
    }
    return text
  }

  private func isContainer(_ row: CommandSpec) -> Bool {
    row.arity < -1 && !subcommands(of: row.name).isEmpty
  }
}

extension CommandSpec.Group {
  package var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

extension CommandSpec {
  fileprivate var shortHelp: [String] { ["  " + syntax, "    " + summary] }

  fileprivate var longHelp: [String] {
    [syntax, "  " + summary, "  Answers: " + replies, "  Complexity: " + complexity]
      + (errors.isEmpty ? [] : ["  Errors: " + errorList])
  }

  private var errorList: String { errors.map(\.rawValue).joined(separator: ", ") }

  fileprivate var reference: String {
    var text = "\n### \(title)\n\n```\n\(syntax)\n```\n\n\(summary)\n\n"
    text += "* Answers: \(replies)\n* Complexity: \(complexity)\n"
    if !errors.isEmpty { text += "* Errors: \(errorList)\n" }
    return text + "* In a transaction: \(inTransaction)\n"
  }

  private var inTransaction: String {
    if flags.contains(.queued) { return "queued" }
    return flags.contains(.duringMulti) ? "at once" : "no"
  }
}
