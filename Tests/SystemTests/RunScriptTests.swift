import Glibc
import TestSupport
import Testing

/// What `make run` does once the programs are built.
@Suite struct RunScriptTests {
  private let directory: TemporaryDirectory
  private let environment: [String: String]
  private let script = repository + "/scripts/run"

  init() throws {
    directory = try TemporaryDirectory()
    environment = [
      "OCTOPUS_SOCKET": directory.path + "/octopus.sock", "STATE_DIRECTORY": directory.path,
      "XDG_STATE_HOME": directory.path,
    ]
  }

  @Test func runWithoutATerminalPrintsTheRecordsAndStays() async throws {
    let running = try RunningProgram(script, [productsDirectory], environment: environment)
    var lines: [String] = []
    while let line = try await running.output.readLine(), !line.contains("SIGTERM") {
      lines.append(line)
    }
    #expect(lines.first?.hasPrefix("hw.machine") == true)
    #expect(lines.contains { $0.contains("● kinds running") })
    // One for each, and each its driver's.
    let processors = try await octopus("names", "r'^hw\\.processor\\.'")
    #expect(lines.filter { $0.contains("hw.processor.") }.count == processors.lines.count)
    #expect(
      try await octopus("count", "r'^kaluga\\.instance\\.' { driver: 'platform' }").lines == ["1"])

    let second = try await run(script, [productsDirectory], environment: environment)
    #expect(second.status == .init(code: 1))
    #expect(second.errors.contains("running already"))

    running.process.kill(SIGTERM)
    let outcome = await running.outcome()
    #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
    #expect(try await octopus("info").status == .init(code: 3))
  }

  @Test func recordsSurviveToTheNextRun() async throws {
    for expected in ["-", "mine { n: 1 }"] {
      let running = try RunningProgram(script, [productsDirectory], environment: environment)
      var lines: [String] = []
      while let line = try await running.output.readLine(), !line.contains("SIGTERM") {
        lines.append(line)
      }
      #expect(lines.contains { $0.contains("are kept in \(directory.path)/octopus-run") })
      let found = try await octopus("get", "mine")
      #expect(found.lines.first ?? "-" == expected)
      _ = try await octopus("set", "mine { n: 1 }")
      running.process.kill(SIGTERM)
      #expect(await running.process.wait() == .init(code: 0))
    }
  }

  @Test func runInATerminalOpensThePrompt() async throws {
    let terminal = try Terminal(script, [productsDirectory], environment: environment, rows: 60)
    try await terminal.expectLine("octopus>")
    terminal.type("get hw.machine\n")
    try await terminal.expectAnswer("hw.machine { arch: ")
    // An interrupt at the prompt is not for the daemon.
    terminal.type("\u{3}count hw.machine\n")
    try await terminal.expect("the count") { $0.lines.suffix(2) == ["1", "octopus>"] }
    terminal.type("\u{4}")
    #expect(try await terminal.status() == .init(code: 0))
    #expect(try await octopus("info").status == .init(code: 3))
  }

  private func octopus(_ arguments: String...) async throws -> Outcome {
    try await run(productsDirectory + "/octopus", arguments, environment: environment)
  }
}
