import Testing

/// What the shell prints: for programs, for pipes and for terminals.
@Suite struct ShellOutputTests {
  /// Read by another program's parser, whose integers are exact.
  @Test func jsonOutputIsReadByPython() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus(
      "set",
      #"a { big: 9223372036854775807, small: -9223372036854775808, f: 12.0, e: 1e300, t: true, "#
        + #"s: 'quote " back \\ line \n tab \t bell \u{7} ü 🐙 it\'s', y: sym }"#)
    _ = try await server.octopus("set", "'/dev/sd\"a' {}")
    let expected = """
      [{"name": '/dev/sd"a', "attributes": {}},
       {"name": "a", "attributes": {"big": 2**63 - 1, "small": -2**63, "f": 12.0, "e": 1e300,
        "t": True, "s": 'quote " back \\\\ line \\n tab \\t bell \\a ü 🐙 it\\'s', "y": "sym"}}]
      """
    let found = try await server.octopus("find", "_", "--json")
    try await python("assert read(0) == \(expected), read(0)", [found.output])
    // An option before the command is the command's.
    let names = try await run(
      productsDirectory + "/octopus", ["--json", "names"], environment: server.environment)
    try await python("assert read(0) == ['/dev/sd\"a', 'a']", [names.output])
    let first = try await server.octopus("get", "a", "--json", "--revision")
    try await python(
      "assert read(0)[0]['revision'] > 0 and type(read(0)[0]['attributes']['f']) is float",
      [first.output])
  }

  @Test func everyCommandPrintsJSON() async throws {
    let server = try await Octopusd()
    let outputs = [
      try await server.octopus("setseq", "a_", "--json"),
      try await server.octopus("update", "a_0", "{ x: 1 }", "--json"),
      try await server.octopus("count", "_", "--json"),
      try await server.octopus("exists", "a_0", "--json"),
      try await server.octopus("wait", "a_0", "--json"),
      try await server.octopus("watch", "_", "--count", "1", "--json"),
      try await server.octopus("explain", "_", "--json"),
      try await server.octopus("info", "--json"),
      try await server.octopus("clients", "--json"),
      try await server.octopus("publish", "m", "--json"),
      try await server.octopus("del", "a_0", "--json"),
      try await server.octopus("import", "--json", "--dry-run", input: #"{"name":"b"}"#),
    ]
    try await python(
      """
      record = {"name": "a_0", "attributes": {"x": 1}}
      assert read(0) == ["a_0"] and read(1) == [record] and read(2) == [1] and read(3) == [1]
      assert read(4) == [record]
      assert [(e["event"], e["record"]) for e in read(5)] == [("existing", record)]
      assert read(6)[0]["candidates"] == 1
      assert read(7)[0]["loading"] == 0
      assert read(8)[0]["name"] == "octopus" and read(8)[0]["id"] > 0
      assert read(9) == [0] and read(10) == [1]
      assert read(11) == [{"before": None, "after": {"name": "b", "attributes": {}}}]
      """, outputs.map(\.output))
  }

  /// Runs Python on the lines of JSON in `texts`: `read(i)` is a list of what stands in the i-th.
  private func python(
    _ program: String, _ texts: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let prelude = """
      import json, sys
      texts = sys.argv[1:]
      def read(i): return [json.loads(line) for line in texts[i].splitlines()]

      """
    let outcome = try await run("python3", ["-c", prelude + program] + texts)
    #expect(
      outcome.status == .init(code: 0), "\(outcome.errors)\n\(texts.joined())",
      sourceLocation: sourceLocation)
  }

  /// The place of an error in a line that ends as Windows ends it, or with letters that join.
  @Test(arguments: [
    ("a { b } \r\n", "  a { b } \\r\n        ^\n"), ("a {\r\n b }\r\n", "   b }\\r\n     ^\n"),
    ("a { \u{9b}\u{301}\u{301} }", "  a { \\u{9b}\u{301}\u{301} }\n      ^\n"),
  ])
  func errorsShowTheirPlaceInAnyLine(_ text: String, _ shown: String) async throws {
    let server = try await Octopusd()
    let outcome = try await server.octopus("get", text)
    #expect(outcome.status == .init(code: 2))
    #expect(outcome.errors.hasSuffix(shown), "\(outcome.errors)")
  }

  /// A result that is cut off does not look complete.
  @Test func outputThatCannotBeWrittenIsStatusTwo() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "a { x: 1 }")
    for command in ["find _", "export", "names --json", "--help"] {
      let outcome = try await run(
        "sh", ["-c", "exec '\(productsDirectory)/octopus' \(command) > /dev/full"],
        environment: server.environment)
      #expect(outcome.status == .init(code: 2), "\(command)")
      #expect(
        outcome.errors == "octopus: cannot write to standard output: No space left on device\n")
    }
  }

  @Test func colourOnlyOnTerminals() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "a { x: 1 }")
    let escape = "\u{1b}"
    #expect(try await !server.octopus("get", "a").output.contains(escape))
    #expect(try await server.octopus("get", "a", "--color", "always").output.contains(escape))
    #expect(try await !server.octopus("get", "a { x: }").errors.contains(escape))

    let cases: [(more: [String: String], arguments: [String], isColoured: Bool)] = [
      ([:], ["get", "a"], true),
      (["NO_COLOR": "1"], ["get", "a"], false),
      (["NO_COLOR": ""], ["get", "a"], true),
      (["TERM": "dumb"], ["get", "a"], false),
      ([:], ["get", "a", "--color", "never"], false),
      ([:], ["get", "a", "--json"], false),
      ([:], ["get", "a {"], true),
    ]
    for (more, arguments, isColoured) in cases {
      let terminal = try Terminal(
        productsDirectory + "/octopus", arguments,
        environment: server.environment.merging(more) { $1 })
      _ = try await terminal.status()
      #expect(terminal.hasColour == isColoured, "\(more) \(arguments)")
      #expect(terminal.lines.first?.contains("a") == true)
    }
  }
}
