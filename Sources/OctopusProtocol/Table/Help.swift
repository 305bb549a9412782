import OctopusEngine

// The table as text for people: HELP, the shell's `help`, docs/commands.md.
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
    var items = ["Returns: " + replies, "Complexity: " + complexity]
    if !errors.isEmpty { items.append("Errors: " + errorList) }
    items.append("In a transaction: " + inTransaction)
    let list = items.map { lines(of: ("* " + $0).split(separator: " "), indent: "  ") }
    return """

      ### \(title)

      ```
      \(lines(of: options(of: syntax), width: 80, indent: "    "))
      ```

      \(lines(of: summary.split(separator: " ")))

      \(list.joined(separator: "\n"))

      """
  }

  /// The words in lines of at most `width` columns.
  private func lines(
    of words: [some StringProtocol], width: Int = 100, indent: String = ""
  ) -> String {
    var text = ""
    var column = 0
    for word in words {
      if column == 0 {
        text += word
      } else if column + 1 + word.count <= width {
        text += " " + word
        column += 1
      } else {
        text += "\n" + indent + word
        column = indent.count
      }
      column += word.count
    }
    return text
  }

  /// The parts of a syntax between which a line can end; of a long option, its parts.
  private func options(of syntax: some StringProtocol) -> [String] {
    var options = [""]
    var depth = 0
    for character in syntax {
      depth += "[<".contains(character) ? 1 : "]>".contains(character) ? -1 : 0
      if depth == 0 && character == " " {
        options.append("")
      } else {
        options[options.count - 1].append(character)
      }
    }
    return options.flatMap { option in
      guard option.count > 72, option.hasPrefix("[") else { return [option] }
      var parts = self.options(of: option.dropFirst().dropLast())
      parts[0] = "[" + parts[0]
      parts[parts.count - 1] += "]"
      return parts
    }
  }

  private var inTransaction: String {
    if flags.contains(.queued) { return "queued" }
    return flags.contains(.duringMulti) ? "at once" : "no"
  }
}
