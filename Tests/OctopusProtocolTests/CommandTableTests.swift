// The command table: its rows agree with themselves, with the parser, and with the documentation.

import Foundation
import OctopusEngine
import OctopusProtocol
import RESP
import Testing

struct CommandTableTests {
  private let table = CommandTable.standard

  @Test func everyRowIsComplete() {
    #expect(table.rows.map(\.name) == CommandName.allCases)
    for row in table.rows {
      #expect(row.summary.hasSuffix("."), "\(row.text)")
      #expect(row.replies.hasSuffix("."), "\(row.text)")
      #expect(row.arity != 0)
      #expect(row.text == row.text.lowercased())
      #expect(!row.flags.contains([.write, .readOnly]))
      #expect(!row.flags.contains([.queued, .duringMulti]))
    }
  }

  @Test func arityAgreesWithTheArguments() {
    for row in table.rows where row.arguments.isEmpty && row.arity > 0 {
      #expect(row.arity == row.title.split(separator: " ").count, "\(row.text)")
    }
    for row in table.rows {
      let words = row.title.split(separator: " ").count
      let required = row.arguments.filter { !$0.isOptional }.count
      #expect(abs(row.arity) >= words + required, "\(row.text)")
    }
  }

  @Test func everyCommandIsFoundInAnyCase() throws {
    for row in table.rows {
      for words in [row.text, row.text.uppercased(), row.text.capitalized] {
        #expect(table.find(words.utf8) == row.name)
        let padding = Array(repeating: "0", count: abs(row.arity))
        let arguments = (words.split(separator: "|").map(String.init) + padding)
          .prefix(abs(row.arity))
        // A command that is only its subcommands is never identified with an argument.
        guard row.arity > -2 || table.subcommands(of: row.name).isEmpty else { continue }
        #expect(try table.identify(Request(arguments.map { Array($0.utf8) })) == row.name)
      }
    }
  }

  @Test func unknownCommandsAreNotFound() {
    for name in ["", "ge", "gett", "\u{e9}", String(repeating: "g", count: 20)] {
      #expect(table.find(name.utf8) == nil)
      #expect(throws: Failure.self) { try table.identify(Request([Array(name.utf8)])) }
    }
    #expect(throws: Failure.self) { try table.identify(Request([[UInt8]]())) }
  }

  @Test func syntaxLinesShowAllArguments() {
    #expect(
      table[.get].syntax
        == "GET query [body] [REV] "
        + "[TRIGGER <SET | DEL | OUT | ANY> [<SET | DEL | OUT | ANY> ...] [PERSIST] "
        + "[WHEN <FOUND | MISSING | ALWAYS>]]")
    #expect(
      table[.exists].syntax.hasPrefix("EXISTS query [body] [query [body] ...] [REV]"))
    #expect(
      table[.waitfor].syntax
        == "WAITFOR query [body] [GONE | COUNT count] [TIMEOUT milliseconds] [DEFER tag]")
    #expect(
      table[.update].syntax.contains(
        "[REMOVE attribute [REMOVE attribute ...]] [ADD attribute number [ADD attribute number ...]]"
      ))
    #expect(table[.clientID].syntax == "CLIENT ID")
  }

  @Test func commandsAreRefusedByTheConnectionsState() {
    func refusal(
      _ name: CommandName, isAuthenticated: Bool = true, isRESP2Subscriber: Bool = false,
      isInTransaction: Bool = false
    ) -> String? {
      table[name].refusal(
        isAuthenticated: isAuthenticated, isRESP2Subscriber: isRESP2Subscriber,
        isInTransaction: isInTransaction)?.description
    }
    for row in table.rows { #expect(refusal(row.name) == nil) }
    #expect(refusal(.get, isAuthenticated: false) == "NOAUTH Authentication required.")
    #expect(refusal(.auth, isAuthenticated: false) == nil)
    #expect(refusal(.hello, isAuthenticated: false) == nil)
    #expect(
      refusal(.get, isRESP2Subscriber: true)
        == "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
        + "are allowed in this context")
    #expect(refusal(.ping, isRESP2Subscriber: true) == nil)
    #expect(refusal(.set, isInTransaction: true) == nil)
    #expect(refusal(.exec, isInTransaction: true) == nil)
    #expect(
      refusal(.waitfor, isInTransaction: true)
        == "ERR 'waitfor' is not allowed inside a transaction")
    #expect(
      refusal(.clientList, isInTransaction: true)
        == "ERR 'client|list' is not allowed inside a transaction")
  }

  @Test func onlyEngineCommandsAreQueued() throws {
    let lines = [
      "GET | a", "NAMES | a", "FIND | a", "COUNT | a", "EXISTS | a", "EXPLAIN | a", "DBSIZE",
      "SET | a", "SETSEQ | a", "UPDATE | a", "DEL | a", "UNTRIGGER | 1", "OBSERVE | a",
      "PUBLISH | a", "UNLOCK | a", "SEM | NEW | a | 1", "SEM | POST | a",
    ]
    let queued = try lines.map { try table.identify(request($0)) }
    #expect(queued == table.rows.filter { $0.flags.contains(.queued) }.map(\.name))
    for line in lines {
      guard case .engine(let command) = try ParsedCommand(request(line)) else {
        Issue.record("\(line) is no command of the engine")
        continue
      }
      #expect(!command.operation.traits.contains(.blocking))
    }
    guard case .engine(let wait) = try ParsedCommand(request("WAITFOR | a")) else { return }
    #expect(wait.operation.traits.contains(.blocking))
    #expect(table[.waitfor].flags.contains(.blocking))
  }
}

/// What clients read of the table, as they read it: with a decoder.
struct TableReplyTests {
  private let table = CommandTable.standard

  private func answer(_ line: String, _ version: RESPVersion = .three) throws -> RESPValue {
    guard case .connection(.commandTable(let question)) = try ParsedCommand(request(line)) else {
      throw Failure(.error, "no question to the table")
    }
    var encoder = RESPEncoder(version: version)
    encoder.append(question)
    return try encoder.bytes.withUnsafeBytes { bytes in
      var decoder = ReplyDecoder()
      var input = bytes
      let value = try #require(try decoder.next(&input))
      #expect(input.isEmpty)
      return value
    }
  }

  @Test func countAndListAgree() throws {
    #expect(try answer("COMMAND | COUNT") == .integer(Int64(table.commands.count)))
    #expect(try answer("COMMAND | LIST") == .array(table.rows.map { .bulk($0.text) }))
  }

  @Test func infoHasRedisShape() throws {
    guard case .array(let rows) = try answer("COMMAND") else {
      Issue.record("no array")
      return
    }
    #expect(rows.count == table.commands.count)
    #expect(
      try answer("COMMAND | INFO | get | what")
        == .array([
          .array([
            .bulk("get"), .integer(-2),
            .set([.simpleString("readonly"), .simpleString("fast")]), .integer(0), .integer(0),
            .integer(0), .set([.simpleString("@records")]), .array([]), .array([]), .array([]),
          ]), .null,
        ]))
    guard case .array(let client) = try answer("COMMAND | INFO | client"),
      case .array(let parts) = client.first, case .array(let subcommands) = parts.last
    else {
      Issue.record("no subcommands")
      return
    }
    #expect(subcommands.count == 9)
  }

  @Test func docsHaveRedisShape() throws {
    func map(_ entries: (String, RESPValue)...) -> RESPValue {
      .map(entries.map { RESPValue.Entry(key: .bulk($0.0), value: $0.1) })
    }
    let echo = map(
      (
        "echo",
        map(
          ("summary", .bulk("Answers the message.")), ("since", .bulk("0.1")),
          ("group", .bulk("connection")), ("complexity", .bulk("O(1)")),
          ("arguments", .array([map(("name", .bulk("message")), ("type", .bulk("string")))])))
      ))
    #expect(try answer("COMMAND | DOCS | echo") == echo)
    let limit = map(
      ("name", .bulk("count")), ("type", .bulk("integer")), ("token", .bulk("LIMIT")),
      ("flags", .array([.simpleString("optional")])))
    guard case .map(let names) = try answer("COMMAND | DOCS | names"),
      case .map(let fields) = names.first?.value,
      case .array(let arguments) = fields.last?.value
    else {
      Issue.record("no arguments")
      return
    }
    #expect(arguments.contains(limit))
  }

  @Test(arguments: [RESPVersion.two, .three])
  func docsOfAllCommandsDecodeInBothVersions(version: RESPVersion) throws {
    switch try answer("COMMAND | DOCS", version) {
    case .map(let entries): #expect(entries.count == table.commands.count)
    case .array(let entries): #expect(entries.count == table.commands.count * 2)
    default: Issue.record("neither a map nor an array")
    }
  }
}
