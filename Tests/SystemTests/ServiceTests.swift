import Glibc
import Testing

/// Services from the shell: registration and start order.
@Suite struct ServiceTests {
  @Test func serviceIsFoundWhileRegistered() async throws {
    let server = try await Octopusd()
    let waiter = try octopus(["lookup", "s", "--wait", "--attribute", "addr"], server)
    let service = try octopus(["register", "s", "{ addr: '10.0.0.7:80' }"], server)
    #expect(await waiter.outcome().output == "10.0.0.7:80\n")
    #expect(
      try await server.octopus("lookup", "s").output
        == "s { addr: '10.0.0.7:80', pid: \(service.process.id) }\n")
    #expect(
      try await server.octopus("lookup", "_", "{ pid: _ }", "--attribute", "pid", "--json").output
        == "\(service.process.id)\n")
    #expect(try await server.octopus("lookup", "s", "--attribute", "x").status == .init(code: 1))
    // A second registration does not take the name.
    for command in [[], ["--", "echo", "run"]] {
      let second = try await octopus(["register", "s"] + command, server).outcome()
      #expect(second.status == .init(code: 1))
      #expect(second.errors == "octopus: s is there already\n")
      #expect(second.output == "")
    }
    service.process.kill(SIGTERM)
    #expect(await service.process.wait() == .init(signal: SIGTERM))
    #expect(try await server.octopus("wait", "--gone", "s").status == .init(code: 0))
    #expect(try await server.octopus("lookup", "s").status == .init(code: 1))
    #expect(try await server.octopus("lookup", "s", "--timeout", "10ms").status == .init(code: 124))
  }

  @Test func deletedRegistrationEndsTheCommand() async throws {
    let server = try await Octopusd()
    let service = try octopus(["register", "'/dev/sda'", "{ pid: 7 }"], server)
    #expect(
      try await server.octopus("lookup", "'/dev/sda'", "--wait").output
        == "'/dev/sda' { pid: 7 }\n")
    _ = try await server.octopus("del", "'/dev/sda'")
    let outcome = await service.outcome()
    #expect(outcome.status == .init(code: 3))
    #expect(outcome.errors == "octopus: '/dev/sda' was deleted\n")
  }

  @Test func execStartsWhenAllQueriesMatchAtOnce() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      [
        "exec", "--after", "a", "{ up: true }", "b", "--after", "c", "--",
        productsDirectory + "/octopus", "get", "b",
      ], server)
    try await server.waitForClient(named: "octopus", command: "get")
    for step in ["set a { up: true }", "set b { n: 1 }", "del b", "set c", "set b { n: 2 }"] {
      _ = try await server.octopus(input: step + "\n")
    }
    let outcome = await running.outcome()
    #expect(outcome.output == "b { n: 2 }\n")
    #expect(outcome.status == .init(code: 0))
  }

  @Test func execWithoutARecordReplacesTheProcess() async throws {
    let server = try await Octopusd()
    let running = try octopus(["exec", "--", "sh", "-c", "echo $$; exit 5"], server)
    let outcome = await running.outcome()
    #expect(outcome.output == "\(running.process.id)\n")
    #expect(outcome.status == .init(code: 5))
  }

  @Test func recordExistsWhileTheProgramIsReady() async throws {
    let server = try await Octopusd()
    let watch = try octopus(["watch", "r'^[abs]$'"], server)
    try await server.waitForClient(named: "octopus", command: "observe")
    let outcome = try await server.octopus(
      "exec", "--provides", "s", "{ port: 80 }", "--", "sh", "-c",
      """
      "\(productsDirectory)/octopus" set a || exit 10
      "\(productsDirectory)/octopus" ready || exit 11
      "\(productsDirectory)/octopus" wait s || exit 12
      "\(productsDirectory)/octopus" set b || exit 13
      exit 4
      """)
    #expect(outcome.status == .init(code: 4), "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("s { pid: "))
    let service = outcome.output.dropLast()
    for line in ["set      a {}", "set      \(service)", "set      b {}", "del      \(service)"] {
      #expect(try await watch.output.readLine() == line)
    }
    watch.process.kill(SIGTERM)
  }

  @Test func cycleIsReportedWithItsMembers() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "there")
    func exec(_ name: String, _ after: String...) throws -> RunningProgram {
      try octopus(["exec", "--after"] + after + ["--provides", name, "--", "true"], server)
    }
    func seen(_ name: String) async throws {
      _ = try await server.octopus("wait", "r'^exec_' { provides: '\(name)', after_1: _ }")
    }
    let own = try await exec("self { n: 1 }", "there", "r'^s' { n > 0 }").outcome()
    #expect(own.status == .init(code: 4))
    #expect(own.errors.hasPrefix("octopus: a cycle, in which none can start: self (process "))
    #expect(own.errors.hasSuffix(") waits for r'^s' { n > 0 }\n"), "\(own.errors)")
    // What comes to a wait for another, which is not there, is no cycle.
    let a = try exec("a", "b", "there")
    try await seen("a {}")
    let b = try exec("b", "c")
    try await seen("b {}")
    let c = try await exec("c", "a { pid: _ }").outcome()
    #expect(c.status == .init(code: 4))
    let members = c.errors.split(separator: ": ", maxSplits: 2).last?.split(separator: ", ") ?? []
    #expect(members.map { $0.first } == ["c", "a", "b"], "\(c.errors)")
    // The others wait on, and can be helped.
    _ = try await server.octopus("set", "c")
    #expect(await b.outcome().status == .init(code: 0))
    a.process.kill(SIGTERM)
    #expect(await a.process.wait() == .init(signal: SIGTERM))
  }

  /// A program that may still start, or a record that is there, closes no cycle.
  @Test func alternativeProviderIsNoCycle() async throws {
    let server = try await Octopusd()
    let other = try octopus(
      ["exec", "--provides", "w_2", "--", "sh", "-c", "read go; \"$OCTOPUS\" ready; read end"],
      server,
      ["OCTOPUS": productsDirectory + "/octopus"])
    _ = try await server.octopus("wait", "r'^exec_' { provides: 'w_2 {}' }")
    let first = try octopus(
      ["exec", "--after", "x", "--provides", "w_1", "--ready-at", "start", "--", "true"], server)
    _ = try await server.octopus("wait", "r'^exec_' { after_1: 'x {}' }")
    let second = try octopus(
      ["exec", "--after", "r'^w_'", "--provides", "x", "--ready-at", "start", "--", "true"], server)
    _ = try await server.octopus("wait", "r'^exec_' { provides: 'x {}' }")
    other.input.write("\n")
    #expect(await second.outcome().status == .init(code: 0))
    other.input.write("\n")
    #expect(await other.outcome().status == .init(code: 0))
    first.process.kill(SIGTERM)
    #expect(await first.process.wait() != .init(code: 4))
  }

  /// Whichever of them comes last closes the cycle, and it alone.
  @Test func oneOfConcurrentStartsClosesTheCycle() async throws {
    let server = try await Octopusd()
    let ring = try (0..<5).map { number in
      try octopus(
        [
          "exec", "--after", "ring\((number + 1) % 5)", "--provides", "ring\(number)", "--", "true",
        ], server)
    }
    let ended = await withTaskGroup(of: Process.Status.self) { group in
      for one in ring { group.addTask { await one.process.wait() } }
      let first = await group.next()!
      // The others wait for what is not to come any more.
      for one in ring { one.process.kill(SIGTERM) }
      var rest: [Process.Status] = []
      for await status in group { rest.append(status) }
      return (first, rest)
    }
    #expect(ended.0 == .init(code: 4))
    #expect(ended.1.allSatisfy { $0 == .init(signal: SIGTERM) }, "\(ended.1)")
  }

  @Test func failuresHaveStatusAndMessage() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "here")
    let cases: [(arguments: [String], code: Int32, says: String)] = [
      (["exec", "--after", "here"], 2, "after --"),
      (["exec", "--after", "a { b: }", "--", "true"], 2, "syntax error"),
      (["exec", "--provides", "r'a'", "--", "true"], 2, "no name"),
      (
        ["exec", "--after", "here", "a", "b { c: 1 }", "--timeout", "20ms", "--", "true"], 124,
        "without a {}, b { c: 1 }\n"
      ),
      (["exec", "--provides", "s", "--timeout", "20ms", "--", "sleep", "1000"], 124, "time limit"),
      (["exec", "--provides", "here", "--", "true"], 1, "here is there already"),
      (["exec", "--provides", "s", "--", "no-such-program"], 127, "no-such-program"),
      (["ready"], 2, "NOTIFY_SOCKET"),
    ]
    for (arguments, code, says) in cases {
      let outcome = try await octopus(arguments, server).outcome()
      #expect(outcome.status == .init(code: code), "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(says), "\(arguments): \(outcome.errors)")
      #expect(outcome.output == "", "\(arguments)")
    }
    let prompt = try await server.octopus(input: "exec -- true\n")
    #expect(prompt.status == .init(code: 2))
    #expect(prompt.errors.contains("The prompt keeps the terminal"))
    #expect(try await server.octopus("names").output == "here\n")
  }
}
