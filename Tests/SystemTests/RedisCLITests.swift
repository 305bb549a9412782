import Glibc
import Testing

/// redis-cli and redis-benchmark of the system.
@Suite struct RedisCLITests {
  static let protocols = [["-2"], ["-3"]]

  @Test func repliesArePrintedInEveryFormat() async throws {
    let server = try await Octopusd()
    _ = try await server.redisCLI("SET", "object1", "{ weight: 20 }")
    // The command, and its reply for people, raw, as CSV and as JSON.
    let cases: [([String], [String])] = [
      (
        ["GET", "object1"],
        [
          "\"object1 { weight: 20 }\"\n", "object1 { weight: 20 }\n",
          "\"object1 { weight: 20 }\"\n", "\"object1 { weight: 20 }\"\n",
        ]
      ),
      (["GET", "object2"], ["(nil)\n", "\n", "NULL\n", "null\n"]),
      (["COUNT", "_"], ["(integer) 1\n", "1\n", "1\n", "1\n"]),
      (
        ["NAMES", "_", "REV"],
        [
          "1) 1) \"object1\"\n2) (integer) 1\n", "object1\n1\n", "\"object1\",1\n",
          "[[\"object1\"],1]\n",
        ]
      ),
      (
        ["GET", "{"],
        [
          "(error) SYNTAX expected a name, found '{' at byte 0\n",
          "SYNTAX expected a name, found '{' at byte 0\n\n",
          "ERROR,\"SYNTAX expected a name, found '{' at byte 0\"\n",
          "error:\"SYNTAX expected a name, found '{' at byte 0\"\n",
        ]
      ),
    ]
    for version in [[], ["-3"]] {
      for (arguments, answers) in cases {
        for (format, answer) in zip(["--no-raw", "--raw", "--csv", "--json"], answers) {
          let outcome = try await server.redisCLI(version + [format] + arguments)
          #expect(outcome.output == answer, "\(version) \(format) \(arguments)")
        }
      }
    }
  }

  @Test func plansAreMapsOnlyInRESP3() async throws {
    let server = try await Octopusd()
    let flat = try await server.redisCLI("--no-raw", "EXPLAIN", "a")
    #expect(flat.lines.prefix(2) == [" 1) \"query\"", " 2) \"a {}\""])
    let map = try await server.redisCLI("--no-raw", "-3", "EXPLAIN", "a")
    #expect(map.lines.first == "1# \"query\" => \"a {}\"")
    let json = try await server.redisCLI("--json", "EXPLAIN", "a")
    #expect(json.output.hasPrefix("{\"query\":\"a {}\",\"index\":"))
  }

  @Test func errorReplyIsTheExitStatus() async throws {
    let server = try await Octopusd()
    #expect(try await server.redisCLI("-e", "GET", "{").status == .init(code: 1))
    #expect(try await server.redisCLI("-e", "GET", "absent").status == .init(code: 0))
    let scan = try await server.redisCLI("--scan")
    #expect(scan.status == .init(code: 1))
    #expect(scan.errors.contains("ERR unknown command 'SCAN'"))
    let database = try await server.redisCLI("-n", "1", "PING")
    #expect(database.errors.contains("ERR DB index is out of range"))
  }

  @Test func commandsAreReadFromStandardInput() async throws {
    let server = try await Octopusd()
    let outcome = try await server.redisCLI(
      input: #"""
        SET "lamp { on: true }"
        SET shop "{ name: 'Dürer' "
        SET shop "{ name: \"Dürer\" }"
        SET shop "{ name: 'Dürer\\'s' }"
        FIND _
        """#)
    let answers = outcome.lines
    #expect(answers.count { $0.hasPrefix("SYNTAX") } == 2, "\(outcome)")
    #expect(
      answers.filter { !$0.hasPrefix("SYNTAX") } == [
        "OK", "OK", "lamp { on: true }", #"shop { name: 'Dürer\'s' }"#,
      ], "\(outcome)")
    // The last argument from the input, as `-x` has it: a file can be a record's body.
    let set = try await server.redisCLI("-x", "SET", "lamp", input: "{\n  on: false,\n  w: 5\n}\n")
    #expect(set.output == "OK\n")
    #expect(try await server.redisCLI("GET", "lamp").output == "lamp { on: false, w: 5 }\n")
    let repeated = try await server.redisCLI("-r", "3", "SETSEQ", "job_")
    #expect(repeated.lines == ["job_0", "job_1", "job_2"])
  }

  @Test func pipeModeSendsManyCommands() async throws {
    let server = try await Octopusd()
    let requests = (0..<5_000).map { number in
      Self.frame("SET", "r\(number)", "{ n: \(number) }")
    }
    let outcome = try await server.redisCLI("--pipe", input: requests.joined())
    #expect(outcome.lines.last == "errors: 0, replies: 5000", "\(outcome)")
    #expect(try await server.redisCLI("DBSIZE").output == "5000\n")
    #expect(try await server.redisCLI("GET", "_ { n: 4999 }").output == "r4999 { n: 4999 }\n")
    let faulty = [Self.frame("GET", "{"), Self.frame("NOSUCH"), Self.frame("GET", "r1")]
    let second = try await server.redisCLI("--pipe", input: faulty.joined())
    #expect(second.lines.last == "errors: 2, replies: 3", "\(second)")
  }

  @Test(arguments: protocols)
  func subscribePrintsMessages(version: [String]) async throws {
    let server = try await Octopusd()
    let subscriber = try await server.listen(
      version + ["SUBSCRIBE", "_ { level > 2 }", "alarm"])
    try await subscriber.prints("\"subscribe\",\"_ { level > 2 }\",1")
    try await subscriber.prints("\"subscribe\",\"alarm\",2")
    #expect(try await server.redisCLI("PUBLISH", "log { level: 2 }").output == "0\n")
    #expect(try await server.redisCLI("PUBLISH", "log { level: 3 }").output == "1\n")
    try await subscriber.prints("\"message\",\"_ { level > 2 }\",\"log { level: 3 }\"")
  }

  @Test(arguments: protocols)
  func observePrintsEvents(version: [String]) async throws {
    let server = try await Octopusd()
    _ = try await server.redisCLI("SET", "n2", "{ w: 2 }")
    _ = try await server.redisCLI("SET", "n10", "{ w: 3 }")
    let observer = try await server.listen(version + ["PSUBSCRIBE", "_ { w > 1 }"])
    try await observer.prints("\"psubscribe\",\"_ { w > 1 }\",1")
    try await observer.prints("\"pmessage\",\"_ { w > 1 }\",\"existing\",\"n2 { w: 2 }\"")
    try await observer.prints("\"pmessage\",\"_ { w > 1 }\",\"existing\",\"n10 { w: 3 }\"")
    try await observer.prints("\"pmessage\",\"_ { w > 1 }\",\"synced\",\"2\"")
    _ = try await server.redisCLI("UPDATE", "n2", "{ w: 1 }")
    try await observer.prints("\"pmessage\",\"_ { w > 1 }\",\"out\",\"n2 { w: 1 }\"")
    _ = try await server.redisCLI("DEL", "n10")
    try await observer.prints("\"pmessage\",\"_ { w > 1 }\",\"del\",\"n10 { w: 3 }\"")
  }

  @Test func eventsArePrintedAmongReplies() async throws {
    let server = try await Octopusd()
    let outcome = try await server.redisCLI(
      "-3", "--show-pushes", "yes", "--csv",
      input: """
        SET lamp TRIGGER DEL
        DEL lamp
        """)
    #expect(
      outcome.lines == ["\"OK\",1", "\"trigger\",1,\"del removed\",2,\"lamp {}\",1", "1"],
      "\(outcome)")
  }

  @Test func monitorShowsTheCommandsOfOthers() async throws {
    let server = try await Octopusd()
    let monitor = try server.startRedisCLI(["MONITOR"])
    try await monitor.prints("OK")
    let binary = try await server.redisCLI("ECHO", "\u{1}\"\\")
    #expect(binary.output == "\u{1}\"\\\n")
    let line = try await monitor.output.readLine()
    #expect(
      line?.hasSuffix(#"[0 unix:\#(server.socket)] "ECHO" "\x01\"\\""#) == true, "\(line ?? "")")
  }

  @Test func serverAndClientInformationIsPrinted() async throws {
    let server = try await Octopusd()
    let info = try await server.redisCLI("INFO").output.split(whereSeparator: \.isNewline)
    for line in ["# Server", "loading:0", "role:master", "connected_clients:1"] {
      #expect(info.contains { $0 == line }, "no \(line)")
    }
    let clients = try await server.redisCLI("CLIENT", "LIST").lines
    #expect(clients.count == 1 && clients[0].contains(" cmd=client|list "), "\(clients)")
    let named = try await server.redisCLI(input: "CLIENT SETNAME me\nCLIENT INFO\nCLIENT GETNAME")
    #expect(named.output.contains(" name=me ") && named.lines.last == "me")
    let latency = try await server.redisCLI("--latency", "--raw", "-i", "0.05")
    #expect(latency.output.split(separator: " ").count == 4, "\(latency)")
  }

  /// Its help and its hints come from COMMAND DOCS.
  @Test func helpAndHintsComeFromTheCommandTable() async throws {
    let server = try await Octopusd()
    let help = try await server.redisCLI("help", "waitfor")
    #expect(help.output.contains("Waits until a record matches"), "\(help)")
    #expect(help.output.contains("[GONE|COUNT count] [TIMEOUT milliseconds]"), "\(help)")
    let terminal = try Terminal("redis-cli", ["-s", server.socket], columns: 240)
    try await terminal.expectLine("redis \(server.socket)>")
    terminal.type("untrigger")
    try await terminal.expect("untrigger id")
    terminal.type(" 7\n")
    try await terminal.expect("(error) NOTRIGGER")
  }

  @Test func redisBenchmarkRunsWithoutErrors() async throws {
    let server = try await Octopusd()
    let commands = [
      ["SET", "k__rand_int__", "{ n: __rand_int__ }"], ["GET", "k__rand_int__"],
      ["FIND", "_ { n: __rand_int__ }"], ["SETSEQ", "job_", "{ state: new }"],
      ["UPDATE", "k000000000000", "ADD", "n", "1"], ["PUBLISH", "tick", "{ n: __rand_int__ }"],
    ]
    _ = try await server.redisCLI("SET", "k000000000000", "{ n: 0 }")
    for command in commands {
      let outcome = try await run(
        "redis-benchmark",
        ["-s", server.socket, "-n", "2000", "-c", "20", "-P", "8", "-r", "50", "--csv"] + command)
      #expect(outcome.status == .init(code: 0))
      #expect(outcome.errors == "", "\(outcome)")
      #expect(outcome.lines.count == 2, "\(outcome)")
    }
    #expect(try await server.figure("total_error_replies") == 0)
  }

  @Test func passwordIsNeededOverTCPOnly() async throws {
    let server = try await Octopusd(
      ["--tcp", "127.0.0.1:0"], environment: ["OCTOPUS_PASSWORD": "right"])
    let port = try await server.readPort()
    for version in [[], ["-3"]] {
      func ask(_ arguments: String...) async throws -> Outcome {
        try await run("redis-cli", ["-p", port] + version + arguments)
      }
      #expect(try await ask("-a", "right", "--no-auth-warning", "PING").output == "PONG\n")
      #expect(try await ask("--user", "default", "--pass", "right", "PING").output == "PONG\n")
      let none = try await ask("PING")
      #expect((none.output + none.errors).contains("NOAUTH"), "\(none)")
      let wrong = try await ask("-a", "wrong", "--no-auth-warning", "PING")
      #expect((wrong.output + wrong.errors).contains("WRONGPASS"), "\(wrong)")
      #expect(!wrong.output.contains("PONG"))
    }
    #expect(try await server.redisCLI("PING").output == "PONG\n")
  }

  private static func frame(_ arguments: String...) -> String {
    "*\(arguments.count)\r\n"
      + arguments.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
  }
}

extension Octopusd {
  func redisCLI(_ arguments: String..., input: String = "") async throws -> Outcome {
    try await redisCLI(arguments, input: input)
  }

  func redisCLI(_ arguments: [String], input: String = "") async throws -> Outcome {
    try await run("redis-cli", ["-s", socket] + arguments, input: input)
  }

  func startRedisCLI(_ arguments: [String]) throws -> RunningProgram {
    try RunningProgram("redis-cli", ["-s", socket] + arguments)
  }

  /// Prints what comes, as CSV.
  func listen(_ arguments: [String]) async throws -> RunningProgram {
    let running = try startRedisCLI(["--csv"] + arguments)
    try await running.prints("Reading messages... (press Ctrl-C to quit)")
    return running
  }
}

extension RunningProgram {
  /// Waits for the next line that it prints, which must be this one.
  func prints(_ expected: String) async throws {
    let line = try await output.readLine()
    guard line == expected else { throw Failure("it prints \(line ?? "no more"), not \(expected)") }
  }
}
