import Foundation
import OctopusSystem
import Testing

/// Programs send no control sequence to a terminal that comes from a record, an argument or a
/// reply.
@Suite struct TerminalSafetyTests {
  /// A title, a colour, a turned text, a line that hides itself, and a sign that shows that it was
  /// printed.
  static let evil = "\u{1b}]0;pwn\u{7}\u{9b}31m\u{202e}\u{2028}\u{7f}\r\u{200e}\u{feff}\u{61c}ned"
  /// As the record language has it.
  static let written = evil.escaped(keepingLayout: false)

  private let server: Octopusd

  init() async throws {
    server = try await Octopusd()
    let record =
      "{ u: '\(Self.written)', syspath: '/\(Self.written)', product_name: '\(Self.written)\n' }"
      .replacingOccurrences(of: "\n", with: "\\n")
    for name in ["evil", "'evil\(Self.written)'", "'hw.\(Self.written)'"] {
      let outcome = try await server.octopus("set", "\(name) \(record)")
      #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
    }
    let instance =
      "'kaluga.instance.1' { device: 'hw.\(Self.written)', driver: '\(Self.written)', state: failed, "
      + "reason: '\(Self.written)' }"
    #expect(try await server.octopus("set", instance).status == .init(code: 0))
  }

  /// How each command comes to print what others have written; of one that is not here the test
  /// fails.
  private static let printing: [String: [String]] = [
    "get": ["r'^evil'"], "names": ["_"], "find": ["_"], "count": ["a { b: '\(evil)"],
    "exists": ["a { b: '\(evil)"], "set": ["a { b: '\(evil)"], "setseq": ["'a\(written)_'"],
    "update": ["evil", "{ v: '\(written)' }"], "del": ["a { b: '\(evil)"], "wait": ["r'^evil'"],
    "watch": ["_", "--count", "4"], "publish": ["a { b: '\(evil)"],
    "subscribe": ["_ { u: _ }", "--count", "1"], "register": ["'evil\(written)'", "--", "true"],
    "lookup": ["evil", "--attribute", "u"],
    "exec": ["--after", "a { b: '\(written)' }", "--timeout", "10ms", "--", "true"],
    "ready": [], "lock": ["x", "--", evil], "elect": ["x", "--", evil],
    "sem": ["--new", "1", "y", "--", evil], "barrier": ["x", "1", "--", evil],
    "explain": ["_ { '\(evil)"], "info": ["--\(evil)"], "clients": [],
    "monitor": ["--count", "10"], "export": [], "import": ["/\(evil)"],
    "sync": ["--timeout", evil], "backup": ["-"],
  ]

  @Test func octopusWritesNoActiveCharacters() async throws {
    for command in try await commands(of: "octopus") {
      let arguments = try #require(
        Self.printing[command], "how `octopus \(command)` prints what others have written")
      for options in [[], ["--json"]] where command != "ready" || options.isEmpty {
        let place = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let all = [command] + arguments[..<place] + options + arguments[place...]
        let terminal = try terminal("octopus", all, ["NOTIFY_SOCKET": "/\(Self.evil)"])
        if command == "subscribe" || command == "monitor" {
          try await server.waitForClient(
            named: command == "monitor" ? nil : "octopus", command: command)
          let publish = "publish m { u: '\(Self.written)' }\n"
          _ = try await server.octopus(input: String(repeating: publish, count: 10))
        }
        _ = try await terminal.status()
        check(terminal, isMarked: command != "clients", "octopus \(all)")
      }
      try await checkUsage("octopus", command, arguments)
    }
  }

  @Test func kalugaWritesNoActiveCharacters() async throws {
    let state = server.directory + "/state"
    let log = state + "/log"
    try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: true)
    try "\(Self.evil)\n".write(toFile: log + "/1", atomically: true, encoding: .utf8)
    let aliases = server.directory + "/aliases"
    try "alias pci:\(Self.evil) \(Self.evil)\n".write(
      toFile: aliases, atomically: true, encoding: .utf8)
    let printing: [String: [String]] = [
      "run": ["--drivers", "/\(Self.evil)", "--state-dir", "/proc/\(Self.evil)"], "tree": [],
      "explain": [Self.evil], "drivers": [], "logs": ["1", "--state-dir", state],
      "start": [Self.evil], "stop": [Self.evil], "restart": [Self.evil], "import": [aliases],
    ]
    for command in try await commands(of: "kaluga") {
      let arguments = try #require(
        printing[command], "how `kaluga \(command)` prints what others have written")
      let isAsking = ["explain", "drivers", "start", "stop", "restart"].contains(command)
      for status in isAsking ? [0, 1] : [0] {
        // One that answers what such a command asks.
        let requests = try RunningProgram(
          productsDirectory + "/octopus",
          ["subscribe", "kaluga.request", "--count", "1", "--json", "--timeout", "600"],
          environment: server.environment)
        if isAsking { try await server.waitForClient(named: "octopus", command: "subscribe") }
        let terminal = try terminal("kaluga", [command] + arguments)
        if isAsking, let request = try await requests.output.readLine() {
          let id = try #require(request.split(separator: "\"id\":\"").last?.prefix { $0 != "\"" })
          _ = try await server.octopus(
            "publish",
            "kaluga.answer { id: '\(id)', status: \(status), text: '\(Self.written)', more: false }"
          )
        }
        _ = try await terminal.status()
        check(terminal, isMarked: command != "import", "kaluga \(command)")
      }
      try await checkUsage("kaluga", command, arguments)
    }
  }

  @Test func daemonLogsContainNoActiveCharacters() async throws {
    let cases = [
      ("octopusd", ["--\(Self.evil)"]), ("octopusd", ["--socket", "/proc/\(Self.evil)/s"]),
      ("octopusd", ["--log-format", Self.evil]), ("octopus-hw", [Self.evil]),
      ("octopus-hw", ["--socket", "/\(Self.evil)"]), ("octopus-hw", ["--\(Self.evil)"]),
    ]
    for (program, arguments) in cases {
      let terminal = try terminal(program, arguments)
      _ = try await terminal.status()
      check(terminal, isMarked: true, "\(program) \(arguments)")
      // A log that is kept in a file is looked at later.
      if program == "octopusd" {
        let kept = try await run(
          productsDirectory + "/" + program, arguments, environment: server.environment)
        #expect(kept.errors.escaped(keepingLayout: true) == kept.errors)
      }
    }
  }

  /// Not even what is typed or pasted there: it becomes what it means to the language.
  @Test func promptWritesNoActiveCharacters() async throws {
    let terminal = try await server.prompt()
    let pasted = "\u{9b}31m\u{202e}\u{2028}\u{200e}\u{feff}\u{61c}"
    for line in [
      "get r'^evil'", "find _ { v: '\(pasted)", "set pasted { v: '\(pasted)' }", "\(pasted)",
      "get evi\t\t",
    ] {
      terminal.type(line + "\n")
      try await terminal.expectLine("octopus>")
    }
    terminal.type("exit\n")
    _ = try await terminal.status()
    #expect(!terminal.sent.contains("\u{1b}]"))
    let active = terminal.sent.unicodeScalars.filter { $0.value >= 0x80 }.map { String($0) }
      .filter { $0.escaped(keepingLayout: false) != $0 }
    #expect(active.isEmpty, "\(terminal.lines)")
    #expect(
      try await server.octopus("lookup", "pasted", "--attribute", "v").output == pasted + "\n")
  }

  /// A pipe gets the stored bytes.
  @Test func pipeGetsTheStoredBytes() async throws {
    let value = try await server.octopus("lookup", "evil", "--attribute", "u")
    #expect(value.output == Self.evil + "\n")
    let record = try await server.octopus("get", "evil")
    #expect(record.output.contains("\u{9b}31m"))
    let json = try await server.octopus("get", "evil", "--json")
    #expect(json.output.utf8.allSatisfy { $0 < 0x7f })
    let tree = try await run(
      productsDirectory + "/kaluga", ["tree"], environment: server.environment)
    #expect(tree.output.contains(Self.evil))
    // What a terminal shows can be typed in again.
    let terminal = try terminal("octopus", ["get", "evil", "--color", "never"], columns: 400)
    _ = try await terminal.status()
    let shown = try #require(terminal.lines.first)
    #expect(try await server.octopus("set", shown).status == .init(code: 0))
    #expect(try await server.octopus("get", "evil").output == record.output)
  }

  // MARK: Support

  private func terminal(
    _ program: String, _ arguments: [String], _ more: [String: String] = [:], columns: Int = 80
  ) throws -> Terminal {
    try Terminal(
      productsDirectory + "/" + program, arguments,
      environment: server.environment.merging(more) { $1 }, columns: columns)
  }

  /// Options and arguments that are wrong are shown, too.
  private func checkUsage(
    _ program: String, _ command: String, _ arguments: [String]
  ) async throws {
    let place = arguments.firstIndex(of: "--") ?? arguments.endIndex
    let terminal = try terminal(
      program, [command] + arguments[..<place] + ["--x\(Self.evil)"] + arguments[place...])
    _ = try await terminal.status()
    check(terminal, isMarked: true, "\(program) \(command) --x")
  }

  private func check(
    _ terminal: Terminal, isMarked: Bool, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    // The terminal itself begins lines at their begin, and colours are the program's own.
    let sent = String(
      terminal.sent.replacingOccurrences(of: "\r\n", with: "\n")
        .replacing(/\u{1b}\[[0-9;]*m/, with: ""))
    #expect(sent.escaped(keepingLayout: true) == sent, "\(what)", sourceLocation: sourceLocation)
    #expect(!isMarked || sent.contains("pwn"), "\(what): \(sent)", sourceLocation: sourceLocation)
  }

  private func commands(of program: String) async throws -> [String] {
    let help = try await run(productsDirectory + "/" + program, ["--help"])
    let list = help.output[
      (help.output.range(of: "SUBCOMMANDS:")?.lowerBound ?? help.output.endIndex)...]
    let commands = list.split(separator: "\n").compactMap { line in
      line.wholeMatch(of: #/\ \ ([a-z]+)( \(default\))?\ \ .*/#).map { String($0.1) }
    }
    #expect(commands.count > 5)
    return commands
  }
}
