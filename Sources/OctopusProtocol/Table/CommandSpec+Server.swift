// The rows of the commands about the server.

extension CommandSpec {
  static let serverRows: [CommandSpec] = [
    CommandSpec(
      .command, arity: -1, .server, [],
      "Describes all commands, as Redis clients expect it.",
      complexity: "O(commands)",
      replies: "An array of descriptions."),
    CommandSpec(
      .commandCount, "command|count", arity: 2, .server, [.fast],
      "Counts the commands.",
      replies: "How many commands there are."),
    CommandSpec(
      .commandDocs, "command|docs", arity: -2, .server, [],
      "Documents commands, all of them if none is named.",
      complexity: "O(commands)",
      replies: "A map from names to maps of what is known.",
      [ArgumentSpec("command-name").multiple.optional]),
    CommandSpec(
      .commandInfo, "command|info", arity: -2, .server, [],
      "Describes commands, all of them if none is named.",
      complexity: "O(commands)",
      replies: "An array of descriptions, null for what is no command.",
      [ArgumentSpec("command-name").multiple.optional]),
    CommandSpec(
      .commandList, "command|list", arity: 2, .server, [],
      "Names all commands.",
      complexity: "O(commands)",
      replies: "An array of names."),
    CommandSpec(
      .commandHelp, "command|help", arity: 2, .server, [.fast],
      "Describes the subcommands.",
      replies: "An array of lines."),
    CommandSpec(
      .info, arity: -1, .server, [],
      "Gives figures about the server.",
      replies: "Text in sections, a figure a line.",
      [ArgumentSpec("section").multiple.optional]),
    CommandSpec(
      .config, arity: -2, .server, [],
      "Commands about the server's parameters.",
      replies: "As its subcommand says."),
    CommandSpec(
      .configGet, "config|get", arity: -3, .server, [.admin],
      "Gets the parameters whose names match a glob pattern.",
      complexity: "O(parameters × patterns)",
      replies: "A map from names to values.",
      [ArgumentSpec("parameter", .pattern).multiple]),
    CommandSpec(
      .configHelp, "config|help", arity: 2, .server, [.fast],
      "Describes the subcommands.",
      replies: "An array of lines."),
    CommandSpec(
      .time, arity: 1, .server, [.fast],
      "Tells the time.",
      replies: "An array of the Unix time in seconds and the microseconds of it."),
    CommandSpec(
      .monitor, arity: 1, .server, [.admin],
      "Shows every command of every client as it comes, until RESET or QUIT.",
      replies: "OK, then a line for each command."),
    CommandSpec(
      .slowlog, arity: -2, .server, [],
      "Commands about what took long.",
      replies: "As its subcommand says."),
    CommandSpec(
      .slowlogGet, "slowlog|get", arity: -2, .server, [.admin],
      "Gets the latest commands that took long; 10 of them, unless told, or all with -1.",
      complexity: "O(entries)",
      replies:
        "An array of entries: id, Unix time, microseconds, arguments, address, client's name.",
      [ArgumentSpec("count", .integer).optional]),
    CommandSpec(
      .slowlogLen, "slowlog|len", arity: 2, .server, [.fast, .admin],
      "Counts the entries.",
      replies: "How many entries there are."),
    CommandSpec(
      .slowlogReset, "slowlog|reset", arity: 2, .server, [.fast, .admin],
      "Forgets the entries.",
      replies: "OK."),
    CommandSpec(
      .slowlogHelp, "slowlog|help", arity: 2, .server, [.fast],
      "Describes the subcommands.",
      replies: "An array of lines."),
    CommandSpec(
      .backup, arity: -1, .server, [.admin],
      "Begins a backup, or gives the part of it that begins at an offset: up to 256 KiB.",
      complexity: "O(n) in the background, in the number of records; O(1) with OFFSET",
      replies: "A map of the backup's store, revision and bytes; with OFFSET, the bytes.",
      errors: [.limit],
      [ArgumentSpec("offset", .integer, token: "OFFSET").optional]),
    CommandSpec(
      .help, arity: -1, .server, [.fast],
      "Describes all commands, or one.",
      replies: "An array of lines.",
      [ArgumentSpec("command").multiple.optional]),
  ]
}
