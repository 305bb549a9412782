import Foundation
import Octopus
import Testing

/// `octopus import`: what it reads, and what it then changes.
@Suite struct ImportTests {
  /// Canonical text and other text, JSON, blank lines, and lines that end as Windows ends them.
  @Test func linesOfBothFormsAreSet() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "a { old: true }")
    let file = try file("b{x:0x10}\r\n\n \t\n { \"name\": \"c\" }\r\na { x: 1 }", in: server)
    let imported = try await server.octopus("import", file)
    #expect(imported.status == .init(code: 0))
    #expect(imported.output + imported.errors == "")
    #expect(try await server.octopus("find", "_").output == "a { x: 1 }\nb { x: 16 }\nc {}\n")
    #expect(try await server.octopus("import").status == .init(code: 0))
  }

  @Test(arguments: [
    (
      "a\n\nb { x: }\n", [], 3,
      "syntax error: expected a value, found '}'\n  b { x: }\n         ^\n"
    ),
    (
      "a\nb { x: 1, x == 1 }", [], 2,
      "syntax error: a condition, where a record is needed\n  b { x: 1, x == 1 }\n            ^\n"
    ),
    ("a\n_ { x: 1 }", [], 2, "no name: a name is needed here, not a pattern\n  _ { x: 1 }\n  ^\n"),
    ("a\n# b", [], 2, "syntax error: expected a name, found '#'\n  # b\n  ^\n"),
    (
      "a\n{\"name\":\"b\",\"attributes\":{\"x\":null}}", [], 2,
      "syntax error: 'x' is null; leave the attribute out\n"
        + "  {\"name\":\"b\",\"attributes\":{\"x\":null}}\n                                ^\n"
    ),
    (
      "{\"name\":\"a\"} {\"name\":\"b\"}", [], 1,
      "syntax error: expected the end of the line, found '{'\n"
        + "  {\"name\":\"a\"} {\"name\":\"b\"}\n               ^\n"
    ),
    (
      "{\"name\":\"a\"}\nb", ["--json"], 2,
      "syntax error: expected a record, an object, found 'b'\n  b\n  ^\n"
    ),
    ("a\nb\n'a' { x: 1 }", [], 3, "a second record a; the first is in line 1\n"),
    (
      "a\npool { semaphore: 'pool' }", [], 2,
      "pool belongs to the semaphore 'pool', which only its own commands write\n"
    ),
    (
      "print_3 { lock: print }", [], 1,
      "print_3 belongs to the lock 'print', which only its own commands write\n"
    ),
  ])
  func wrongLineIsShownAndNothingIsSet(
    text: String, options: [String], line: Int, message: String
  ) async throws {
    let server = try await Octopusd()
    let file = try file(text, in: server)
    for dryRun in [[], ["--dry-run"]] {
      let program = productsDirectory + "/octopus"
      let arguments = ["import"] + options + dryRun
      let named = try await run(program, arguments + [file], environment: server.environment)
      let piped = try await run(
        program, arguments, input: text, environment: server.environment)
      #expect(named.errors == "octopus: \(file):\(line): \(message)")
      #expect(piped.errors == "octopus: standard input:\(line): \(message)")
      #expect(named.status == .init(code: 2))
      #expect(piped.status == .init(code: 2))
      #expect(named.output + piped.output == "")
    }
    #expect(try await server.octopus("count", "_").output == "0\n")
  }

  @Test func fileThatIsMissingIsStatusTwo() async throws {
    let outcome = try await run(productsDirectory + "/octopus", ["import", "/nonexistent"])
    #expect(outcome.status == .init(code: 2))
    #expect(outcome.errors == "octopus: /nonexistent: No such file or directory\n")
  }

  /// Clients over TCP may not write reserved names.
  @Test func refusedTransactionChangesNothing() async throws {
    let (server, asTCPClient) = try await serverOverTCP()
    let outcome = try await asTCPClient("a\nhw.a\nb\n")
    #expect(outcome.status == .init(code: 2))
    #expect(
      outcome.errors.hasPrefix("octopus: NOPERM command 2 of 3: only root"), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try await server.octopus("count", "_").output == "0\n")
  }

  @Test func refusalAfterATransactionSaysHowManyRecordsWereChanged() async throws {
    let (server, asTCPClient) = try await serverOverTCP()
    let outcome = try await asTCPClient((0..<12_000).map { "n\($0)\n" }.joined() + "hw.a\n")
    #expect(outcome.status == .init(code: 2))
    #expect(outcome.errors.hasPrefix("octopus: NOPERM command "), "\(outcome.errors)")
    let count = try await server.octopus("count", "_").output.dropLast()
    #expect(count != "0")
    #expect(
      outcome.errors.hasSuffix("\nBefore that, \(count) of 12001 records were changed.\n"),
      "\(outcome.errors)")
  }

  /// More commands than a transaction takes, more work than a step may do, and more bytes.
  @Test(arguments: [
    (12_000, 10, []), (9_000, 10, ["--step-budget", "1"]), (40, 1_000_000, []),
  ])
  func moreThanATransactionIsSetInSeveralAndCounted(
    count: Int, size: Int, options: [String]
  ) async throws {
    let server = try await Octopusd(options)
    let text = String(repeating: "x", count: size)
    let lines = (0..<count).map { "n\($0) { t: '\(text)' }\n" }.joined()
    let imported = try await server.octopus("import", input: lines)
    #expect(imported.status == .init(code: 0))
    #expect(
      imported.errors.wholeMatch(
        of: /octopus: (\d+) records in ([2-9]|\d\d+) transactions: one does not take them all\n/
      )?.1 == "\(count)", "\(imported.errors)")
    #expect(try await server.octopus("count", "_").output == "\(count)\n")
    let again = try await server.octopus("import", "--dry-run", input: lines)
    #expect(again.output == "")
    #expect(again.errors == "octopus: 0 new, 0 changed, \(count) equal\n")
  }

  @Test func dryRunPrintsTheDifferenceAndChangesNothing() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus(input: "set a { x: 1 }\nset b { x: 1 }\nset c { s: on }\n")
    let before = try await server.octopus("find", "_").output
    let lines = "d { y: 2 }\nb { x: 1.0 }\na{x:0x1}\nc { s: 'on' }\n"
    let outcome = try await server.octopus("import", "--dry-run", input: lines)
    #expect(outcome.status == .init(code: 0))
    #expect(
      outcome.output == """
        + d { y: 2 }
        - b { x: 1 }
        + b { x: 1.0 }
        - c { s: on }
        + c { s: 'on' }

        """)
    #expect(outcome.errors == "octopus: 1 new, 2 changed, 1 equal\n")
    #expect(try await server.octopus("find", "_").output == before)
    let json = try await server.octopus(
      "import", "--dry-run", "--json", input: #"{"name":"a"}"#)
    #expect(
      json.output
        == #"{"before":{"name":"a","attributes":{"x":1}},"after":{"name":"a","attributes":{}}}"#
        + "\n")
  }

  /// It deletes what export would print.
  @Test func replaceDeletesWhatTheFileDoesNotHave() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("sem", "--new", "3", "vpool")
    _ = try await server.octopus(
      input: "set v1 { x: 1 }\nset v2 { x: 2 }\nset v3 { x: 3 }\nset other\nset hw.v\n")
    let lines = "v2 { x: 2 }\nv4 { x: 4 }\n"
    let preview = try await server.octopus(
      "import", "--dry-run", "--replace", "r'v'", input: lines)
    #expect(preview.output == "+ v4 { x: 4 }\n- v1 { x: 1 }\n- v3 { x: 3 }\n")
    #expect(preview.errors == "octopus: 1 new, 0 changed, 1 equal, 2 deleted\n")
    let outcome = try await server.octopus("import", "--replace", "r'v'", input: lines)
    #expect(outcome.status == .init(code: 0))
    #expect(outcome.output + outcome.errors == "")
    #expect(try await server.octopus("names").lines == ["hw.v", "other", "v2", "v4", "vpool"])
    let wrong = try await server.octopus("import", "--replace", "r'('", input: lines)
    #expect(wrong.status == .init(code: 2))
  }

  /// There the lines are the standard input.
  @Test func promptImportsFilesOnly() async throws {
    let server = try await Octopusd()
    let file = try file("a\n", in: server)
    let outcome = try await server.octopus(input: "import\nimport \(file)\nexport\n")
    #expect(outcome.errors.contains("The prompt keeps its input"), "\(outcome.errors)")
    #expect(outcome.output == "a {}\n")
  }

  // MARK: Support

  private func file(_ text: String, in server: Octopusd) throws -> String {
    let path = server.directory + "/records"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// A server, and `octopus import` as a client over TCP.
  private func serverOverTCP() async throws -> (Octopusd, (String) async throws -> Outcome) {
    let password = ["OCTOPUS_PASSWORD": "secret"]
    let server = try await Octopusd(["--tcp", "127.0.0.1:0"], environment: password)
    let address = "127.0.0.1:\(try await server.readPort())"
    return (
      server,
      { lines in
        try await run(
          productsDirectory + "/octopus", ["import", "--tcp", address], input: lines,
          environment: password)
      }
    )
  }
}
