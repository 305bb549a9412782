import Glibc
import Octopus
import Testing

/// Commands that go on until they are ended.
@Suite struct ShellStreamTests {
  @Test func watchPrintsEachChange() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "a { x: 1 }")
    let watch = try octopus(["watch", "_ { x < 10 }"], server)
    #expect(try await watch.output.readLine() == "existing a { x: 1 }")
    for step in ["set a { x: 2 }", "set b { x: 3 }", "set b { x: 30 }", "del a"] {
      _ = try await server.octopus(input: step)
    }
    #expect(try await watch.output.readLine() == "set      a { x: 2 }")
    #expect(try await watch.output.readLine() == "set      b { x: 3 }")
    #expect(try await watch.output.readLine() == "out      b { x: 30 }")
    #expect(try await watch.output.readLine() == "del      a { x: 2 }")
    watch.process.kill(SIGINT)
    #expect(await watch.process.wait() == .init(signal: SIGINT))
  }

  /// The records come in pages if one step cannot read them, and before the first change.
  @Test func watchOfMoreThanAStepPrintsAllRecords() async throws {
    let server = try await Octopusd(["--step-budget", "1"])
    let client = try await connectLibrary(to: server.socket)
    let long = String(repeating: "x", count: 8_000)
    for number in 1...25 {
      for part in 1...5 {
        try await client.set(Record(name: "long_\(number)_\(part)", pairs: [("t", .string(long))]))
      }
      try await client.set(Record(name: "short_\(number)", pairs: [("t", "needle")]))
    }
    let query = "_ { t: r'needle' }"
    #expect(try await server.octopus("explain", query).output.contains("more than a step"))
    let watch = try octopus(["watch", query], server)
    for number in 1...25 {
      let line = try await watch.output.readLine()
      #expect(line == "existing short_\(number) { t: 'needle' }")
    }
    _ = try await server.octopus(input: "del short_7\nset long_1 { t: 'a needle' }\n")
    #expect(try await watch.output.readLine() == "del      short_7 { t: 'needle' }")
    #expect(try await watch.output.readLine() == "set      long_1 { t: 'a needle' }")
    watch.process.kill(SIGINT)
    #expect(await watch.process.wait() == .init(signal: SIGINT))
  }

  @Test func countEndsTheStream() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus(input: "set a\nset b\n")
    let watch = try octopus(["watch", "_", "--count", "3"], server)
    #expect(try await watch.output.readLine() == "existing a {}")
    #expect(try await watch.output.readLine() == "existing b {}")
    _ = try await server.octopus(input: "set c\nset d\n")
    #expect(try await watch.output.readLine() == "set      c {}")
    #expect(try await watch.output.readLine() == nil)
    #expect(await watch.process.wait() == .init(code: 0))
    #expect(try await server.octopus("watch", "_", "--count", "2").lines.count == 2)
  }

  @Test func subscribePrintsPublishedRecords() async throws {
    let server = try await Octopusd()
    let subscribe = try octopus(["subscribe", "alarm { zone > 2 }", "--json"], server)
    // Until it has subscribed the message has no receiver.
    while try await server.octopus("publish", "alarm { zone: 3 }").output == "0\n" {}
    #expect(
      try await subscribe.output.readLine() == #"{"name":"alarm","attributes":{"zone":3}}"#)
    _ = try await server.octopus(input: "publish alarm { zone: 1 }\npublish alarm { zone: 4 }\n")
    #expect(
      try await subscribe.output.readLine() == #"{"name":"alarm","attributes":{"zone":4}}"#)
  }

  @Test func monitorPrintsCommands() async throws {
    let server = try await Octopusd()
    let monitor = try octopus(["monitor"], server)
    // It says nothing when it begins.
    try await server.waitForClient(named: nil, command: "monitor")
    _ = try await server.octopus("set", "from.the.shell")
    var isShown = false
    while !isShown, let line = try await monitor.output.readLine() {
      isShown = line.hasSuffix(#""SET" "from.the.shell {}""#)
    }
    #expect(isShown)
    monitor.process.kill(SIGINT)
    #expect(await monitor.process.wait() == .init(signal: SIGINT))
  }

  @Test func waitEndsWhenARecordMatches() async throws {
    let server = try await Octopusd()
    let wait = try octopus(["wait", "service.pci { state: ready }", "--timeout", "60"], server)
    _ = try await server.octopus(input: "set service.pci { state: busy }\n")
    _ = try await server.octopus(input: "update service.pci { state: 'ready' }\n")
    #expect(try await wait.output.readLine() == "service.pci { state: 'ready' }")
    #expect(await wait.process.wait() == .init(code: 0))
    let gone = try octopus(["wait", "--gone", "service.pci"], server)
    _ = try await server.octopus("del", "service.pci")
    #expect(await gone.process.wait() == .init(code: 0))
  }

  @Test(arguments: [["watch", "_"], ["subscribe", "_"], ["wait", "b"], ["monitor"]])
  func theEndOfTheServerIsStatusThree(_ arguments: [String]) async throws {
    let server = try await Octopusd()
    let running = try octopus(arguments, server)
    try await server.waitForClient(named: arguments[0] == "monitor" ? nil : "octopus")
    #expect(await server.stop() == .init(code: 0))
    let outcome = await running.outcome()
    #expect(outcome.status == .init(code: 3))
    #expect(outcome.errors.contains("octopus: "), "\(outcome.errors)")
  }

  @Test func transientRecordLivesAsLongAsItsCommand() async throws {
    let server = try await Octopusd()
    let holder = try octopus(["setseq", "service_", "{ up: true }", "--transient"], server)
    #expect(try await holder.output.readLine() == "service_0")
    #expect(try await server.octopus("get", "service_0").output == "service_0 { up: true }\n")
    holder.process.kill(SIGKILL)
    #expect(try await server.octopus("wait", "--gone", "service_0").status == .init(code: 0))
  }
}
