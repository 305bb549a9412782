import Glibc
import Testing

/// The prompt, as a person has it: keys are pressed, and the screen is read.
@Suite struct ShellPromptTests {
  @Test func promptNeedsNoShellQuotes() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt()
    prompt.type("set service.pci { state: 'two words', port: 7 }\n")
    try await prompt.expectAnswer("OK")
    prompt.type("get r'^serv' { port >= 7 }\n")
    try await prompt.expectAnswer("service.pci { port: 7, state: 'two words' }")
    prompt.type("count _\n")
    try await prompt.expect("the number") { $0.lines.suffix(2) == ["1", "octopus>"] }
    prompt.type("\u{4}")
    #expect(try await prompt.status() == .init(code: 0))
    #expect(prompt.unknownSequences == [])
  }

  @Test func syntaxErrorIsMarkedWithACaret() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt()
    prompt.type("get pci { bus: }\n")
    try await prompt.expect("the caret under the brace") {
      $0.lines.suffix(3) == ["  pci { bus: }", "             ^", "octopus>"]
    }
    #expect(prompt.lines.contains { $0.hasPrefix("octopus: syntax error: expected a value") })
    prompt.type("\u{4}")
    #expect(try await prompt.status() == .init(code: 2))
  }

  @Test func tabCompletesCommandsAndRecordNames() async throws {
    let server = try await Octopusd()
    for name in ["hw.pci.device.1", "hw.pci.device.2", "hw.usb", "'/dev/sda'"] {
      _ = try await server.octopus("set", name)
    }
    let prompt = try await server.prompt()
    prompt.type("expl\t")
    try await prompt.expectLine("octopus> explain")
    prompt.type("hw.p\t")
    try await prompt.expectLine("octopus> explain hw.pci.device.")
    // Nothing more is common to both: they are listed.
    prompt.type("\t")
    try await prompt.expect("both names") { screen in
      screen.lines.contains("hw.pci.device.1  hw.pci.device.2")
        && screen.currentLine == "octopus> explain hw.pci.device."
    }
    prompt.type("2\t")
    try await prompt.expectLine("octopus> explain hw.pci.device.2")
    prompt.type("\u{3}get '/d\t")
    try await prompt.expectLine("octopus> get '/dev/sda'")
    prompt.type("\n")
    try await prompt.expectAnswer("'/dev/sda' {}")
    // An unknown name leaves the line as it is.
    prompt.type("get nosuch\t1\n")
    try await prompt.expect("octopus> get nosuch1")
  }

  @Test func historyIsKeptBetweenPrompts() async throws {
    let server = try await Octopusd()
    let first = try await server.prompt()
    first.type("set a { x: 1 }\n")
    try await first.expectAnswer("OK")
    first.type("\u{4}")
    _ = try await first.status()

    let second = try await server.prompt()
    second.type("count a\n")
    try await second.expectAnswer("1")
    second.type("\u{1b}[A")
    try await second.expectLine("octopus> count a")
    second.type("\u{1b}[A")
    try await second.expectLine("octopus> set a { x: 1 }")
    second.type("\u{1b}[B")
    try await second.expectLine("octopus> count a")
    // Ctrl-R searches.
    second.type("\u{3}\u{12}x: 1")
    try await second.expect("the line found") {
      $0.lines.contains { $0.contains("set a { x: 1 }") }
    }
  }

  @Test func typeAheadIsKeptForTheNextLine() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt()
    // One command waits; what follows it is edited, carried out and ended only after it.
    prompt.type("wait go\nfind x\u{8}_ { n > 1 }\n\u{4}")
    _ = try await server.octopus("set", "job { n: 2 }")
    _ = try await server.octopus("set", "go { n: 0 }")
    #expect(try await prompt.status() == .init(code: 0))
    #expect(
      prompt.lines.suffix(5) == [
        "octopus> wait go", "go { n: 0 }", "octopus> find _ { n > 1 }", "job { n: 2 }",
        "octopus> ^D",
      ])
  }

  @Test func eventIsShownAboveTheTypedLine() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt(columns: 40)
    prompt.type("watch r'^job'\n")
    try await prompt.expectAnswer("[1] runs")
    let line = "get job_1 { a: 'a line of more than forty columns' }"
    // The cursor stands inside the line, on its first row of the screen.
    prompt.type(line + String(repeating: "\u{1b}[D", count: 30))
    try await prompt.expect("the cursor in the first row") {
      $0.currentLine == "octopus> get job_1 { a: 'a line of more" && $0.column > 20
    }
    for number in 1...3 { _ = try await server.octopus("set", "job_\(number) { n: \(number) }") }
    try await prompt.expect("events above, and the line whole") { screen in
      screen.lines.suffix(5) == [
        "[1] set      job_1 { n: 1 }", "[1] set      job_2 { n: 2 }",
        "[1] set      job_3 { n: 3 }", "octopus> get job_1 { a: 'a line of more",
        "than forty columns' }",
      ]
    }
    // It is still the same line.
    prompt.type("\u{5}\u{8}, n: 1 }\n")
    try await prompt.expect("a prompt below") { $0.currentLine == "octopus>" }
    prompt.type("stop 1\n")
    try await prompt.expectAnswer("[1] ended")
  }

  @Test func dumbTerminalGetsNoEscapeSequences() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt(["--color", "auto"], environment: ["TERM": "dumb"])
    prompt.type("watch r'^job'\n")
    try await prompt.expectAnswer("[1] runs")
    prompt.type("count job")
    try await prompt.expectLine("octopus> count job")
    _ = try await server.octopus("set", "job_1")
    try await prompt.expect("the event, then the line") { screen in
      screen.lines.suffix(2) == ["[1] set      job_1 {}", "octopus> count job"]
    }
    #expect(!prompt.hasEscapes)
  }

  @Test func ctrlCDropsTheLineOrEndsTheWait() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt()
    prompt.type("get half a li\u{3}count _\n")
    try await prompt.expect("the next line's answer") { $0.lines.suffix(2) == ["0", "octopus>"] }
    prompt.type("wait never\n")
    try await server.waitForClient(named: "octopus", command: "get")
    prompt.type("\u{3}")
    try await prompt.expect("a prompt again") {
      $0.currentLine == "octopus>" && $0.lines.count > 4
    }
    prompt.type("count _\n")
    try await prompt.expect("an answer") { $0.lines.suffix(2) == ["0", "octopus>"] }
  }

  @Test func lostConnectionIsReportedAndMadeAgain() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt()
    prompt.type("watch _\n")
    try await prompt.expectAnswer("[1] runs")
    prompt.type("get a")
    _ = await server.stop()
    try await prompt.expect("the loss, above the line") { screen in
      screen.lines.contains { $0.hasPrefix("[1] octopus: the connection is lost") }
        && screen.currentLine == "octopus> get a"
    }
    prompt.type("\n")
    try await prompt.expectAnswer("octopus: no server at")
    let other = try await Octopusd(socket: server.socket)
    prompt.type("set a\n")
    try await prompt.expectAnswer("OK")
    _ = await other.stop()
    prompt.type("get a\n")
    try await prompt.expect("a second complaint") { screen in
      screen.currentLine == "octopus>"
        && screen.lines.filter { $0.hasPrefix("octopus: ") }.count == 2
    }
    prompt.type("\u{4}")
    #expect(try await prompt.status() == .init(code: 3))
  }

  @Test func signalRightAfterTheStartIsHandled() async throws {
    let server = try await Octopusd()
    for _ in 0..<10 {
      let prompt = try Terminal(
        productsDirectory + "/octopus", environment: server.environment)
      try await prompt.expect("`help` lists the commands")
      prompt.process.kill(SIGTERM)
      #expect(try await prompt.status() == .init(code: 0))
    }
  }

  @Test func signalRestoresTheTerminal() async throws {
    let server = try await Octopusd()
    let prompt = try await server.prompt()
    prompt.type("get half a li")
    try await prompt.expectLine("octopus> get half a li")
    prompt.process.kill(SIGTERM)
    #expect(try await prompt.status() == .init(code: 0))
  }
}
