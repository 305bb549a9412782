import RESP

// COMMAND and its subcommands, in Redis's shapes: clients make hints and routing tables from them.
extension RESPEncoder {
  package mutating func append(_ question: TableQuestion) {
    let table = CommandTable.standard
    switch question {
    case .count: integer(table.commands.count)
    case .list:
      arrayHeader(table.rows.count)
      for row in table.rows { bulk(row.text) }
    case .info(let names):
      let names = names.isEmpty ? table.commands.map(\.name) : names
      arrayHeader(names.count)
      for name in names { name.map { append(info: table[$0]) } ?? null() }
    case .docs(let names):
      mapHeader(names.count)
      for name in names { append(docs: table[name]) }
    }
  }

  /// Name, arity, flags, where keys stand (there are none), categories, tips, key specifications,
  /// subcommands.
  private mutating func append(info row: CommandSpec) {
    arrayHeader(10)
    bulk(row.text)
    integer(row.arity)
    let flags = row.flags.redisWords
    setHeader(flags.count)
    for flag in flags { simple(flag.utf8) }
    for _ in 0..<3 { integer(0) }
    setHeader(1)
    simple("@\(row.group.rawValue)".utf8)
    arrayHeader(0)
    arrayHeader(0)
    let subcommands = CommandTable.standard.subcommands(of: row.name)
    arrayHeader(subcommands.count)
    for subcommand in subcommands { append(info: subcommand) }
  }

  private mutating func append(docs row: CommandSpec) {
    let subcommands = CommandTable.standard.subcommands(of: row.name)
    bulk(row.text)
    mapHeader(4 + (row.arguments.isEmpty ? 0 : 1) + (subcommands.isEmpty ? 0 : 1))
    bulk("summary")
    bulk(row.summary)
    bulk("since")
    bulk(row.since)
    bulk("group")
    bulk(row.group.rawValue)
    bulk("complexity")
    bulk(row.complexity)
    if !row.arguments.isEmpty {
      bulk("arguments")
      append(row.arguments)
    }
    if !subcommands.isEmpty {
      bulk("subcommands")
      mapHeader(subcommands.count)
      for subcommand in subcommands { append(docs: subcommand) }
    }
  }

  private mutating func append(_ arguments: [ArgumentSpec]) {
    arrayHeader(arguments.count)
    for argument in arguments {
      let flags = argument.flags
      let parts = argument.parts
      mapHeader(
        2 + (argument.token == nil ? 0 : 1) + (flags.isEmpty ? 0 : 1) + (parts.isEmpty ? 0 : 1))
      bulk("name")
      bulk(argument.name)
      bulk("type")
      bulk(argument.type)
      if let token = argument.token {
        bulk("token")
        bulk(token)
      }
      if !flags.isEmpty {
        bulk("flags")
        arrayHeader(flags.count)
        for flag in flags { simple(flag.utf8) }
      }
      if !parts.isEmpty {
        bulk("arguments")
        append(parts)
      }
    }
  }
}

extension ArgumentSpec {
  fileprivate var type: String {
    switch kind {
    case .string: "string"
    case .integer: "integer"
    case .double: "double"
    case .pattern: "pattern"
    case .pureToken: "pure-token"
    case .oneOf: "oneof"
    case .block: "block"
    }
  }

  fileprivate var flags: [String] {
    (isOptional ? ["optional"] : []) + (isMultiple ? ["multiple"] : [])
      + (repeatsToken ? ["multiple_token"] : [])
  }
}

extension CommandSpec.Flags {
  /// Redis's words for them.
  fileprivate var redisWords: [String] {
    let words: [(Self, String)] = [
      (.write, "write"), (.readOnly, "readonly"), (.admin, "admin"), (.pubsub, "pubsub"),
      (.growing, "denyoom"), (.blocking, "blocking"), (.fast, "fast"), (.beforeAuth, "no_auth"),
      (.secret, "skip_monitor"),
    ]
    let own = words.filter { contains($0.0) }.map(\.1)
    return isDisjoint(with: [.queued, .duringMulti]) ? own + ["no_multi"] : own
  }
}
