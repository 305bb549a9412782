// The rows of the commands about the connection and its session.

extension CommandSpec {
  static let connectionRows: [CommandSpec] = [
    CommandSpec(
      .ping, arity: -1, .connection, [.fast, .whileSubscribed],
      "Answers.",
      replies: "PONG, or the message.",
      [ArgumentSpec("message").optional]),
    CommandSpec(
      .echo, arity: 2, .connection, [.fast],
      "Answers the message.",
      replies: "The message.",
      [ArgumentSpec("message")]),
    CommandSpec(
      .hello, arity: -1, .connection, [.fast, .beforeAuth, .secret],
      "Chooses the protocol's version, and says who serves.",
      replies: "A map: server, version, proto, id, mode, role, modules.",
      errors: [.noProtocol, .wrongPassword, .noAuthentication],
      [
        ArgumentSpec(
          "arguments",
          .block([
            ArgumentSpec("protover", .integer),
            ArgumentSpec(
              "auth", .block([ArgumentSpec("username"), ArgumentSpec("password")]), token: "AUTH"
            ).optional,
            ArgumentSpec("name", token: "SETNAME").optional,
          ])
        ).optional
      ]),
    CommandSpec(
      .auth, arity: -2, .connection, [.fast, .beforeAuth, .secret],
      "Gives the password.",
      replies: "OK.",
      errors: [.wrongPassword],
      [ArgumentSpec("username").optional, ArgumentSpec("password")]),
    CommandSpec(
      .reset, arity: 1, .connection, [.fast, .beforeAuth, .whileSubscribed, .duringMulti],
      "Ends the session, with all that belongs to it, and begins a new one.",
      complexity: "O(what belongs to the session)",
      replies: "RESET."),
    CommandSpec(
      .quit, arity: -1, .connection, [.fast, .beforeAuth, .whileSubscribed, .duringMulti],
      "Ends the connection, after all replies before it.",
      replies: "OK."),
    CommandSpec(
      .select, arity: 2, .connection, [.fast],
      "Selects the only database, 0.",
      replies: "OK.",
      [ArgumentSpec("index", .integer)]),
    CommandSpec(
      .bind, arity: 2, .connection, [.fast],
      "Makes this connection carry the events of that client's session.",
      replies: "OK.",
      errors: [.noPermission, .busy],
      [ArgumentSpec("client-id", .integer)]),
    CommandSpec(
      .client, arity: -2, .connection, [],
      "Commands about clients.",
      replies: "As its subcommand says."),
    CommandSpec(
      .clientList, "client|list", arity: -2, .connection, [.admin],
      "Lists the clients.",
      complexity: "O(clients)",
      replies: "Text, a line for each client.",
      [
        ArgumentSpec.choice("type", token: "TYPE", "NORMAL", "PUBSUB").optional,
        ArgumentSpec("client-id", .integer, token: "ID").optional.multiple,
      ]),
    CommandSpec(
      .clientKill, "client|kill", arity: -3, .connection, [.admin],
      "Ends clients: one by its address, or those that pass every filter.",
      complexity: "O(clients)",
      replies: "How many clients were ended; OK for an address alone.",
      [
        ArgumentSpec(
          "filter",
          .oneOf([
            ArgumentSpec("address"),
            ArgumentSpec(
              "filters",
              .block([
                ArgumentSpec("client-id", .integer, token: "ID").optional,
                ArgumentSpec.choice("type", token: "TYPE", "NORMAL", "PUBSUB").optional,
                ArgumentSpec("address", token: "ADDR").optional,
                ArgumentSpec("address", token: "LADDR").optional,
                ArgumentSpec("username", token: "USER").optional,
                ArgumentSpec.choice("skipme", token: "SKIPME", "YES", "NO").optional,
              ])),
          ]))
      ]),
    CommandSpec(
      .clientUnblock, "client|unblock", arity: -3, .connection, [.admin],
      "Ends what a client waits for, as at its time limit.",
      replies: "1, or 0 if it does not wait.",
      [ArgumentSpec("client-id", .integer), .word("TIMEOUT").optional]),
    CommandSpec(
      .clientID, "client|id", arity: 2, .connection, [.fast],
      "Answers this client's id, which BIND takes.",
      replies: "The id."),
    CommandSpec(
      .clientInfo, "client|info", arity: 2, .connection, [.fast],
      "Describes this client.",
      replies: "Text, a line as in CLIENT LIST."),
    CommandSpec(
      .clientSetname, "client|setname", arity: 3, .connection, [.fast],
      "Names this client; an empty name takes it away.",
      replies: "OK.",
      [ArgumentSpec("name")]),
    CommandSpec(
      .clientGetname, "client|getname", arity: 2, .connection, [.fast],
      "Answers this client's name.",
      replies: "The name, or null."),
    CommandSpec(
      .clientSetinfo, "client|setinfo", arity: 4, .connection, [.fast],
      "Says which library this client uses.",
      replies: "OK.",
      [
        ArgumentSpec(
          "attribute",
          .oneOf([
            ArgumentSpec("library", token: "LIB-NAME"),
            ArgumentSpec("version", token: "LIB-VER"),
          ]))
      ]),
    CommandSpec(
      .clientHelp, "client|help", arity: 2, .connection, [.fast],
      "Describes the subcommands.",
      replies: "An array of lines."),
  ]
}
