import Glibc
import Testing

/// Services from the shell: who is there, who waits for whom, and who is ready.
@Suite struct ServiceTests {
  @Test func aServiceIsFoundWhileItIsThere() async throws {
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
    // Who comes second does not take the name.
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

  @Test func aRegistrationThatIsDeletedEnds() async throws {
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

  @Test func itStartsWhenAllIsThereAtOnce() async throws {
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

  @Test func withoutARecordTheProgramTakesItsPlace() async throws {
    let server = try await Octopusd()
    let running = try octopus(["exec", "--", "sh", "-c", "echo $$; exit 5"], server)
    let outcome = await running.outcome()
    #expect(outcome.output == "\(running.process.id)\n")
    #expect(outcome.status == .init(code: 5))
  }

  @Test func theRecordIsThereWhileItIsReady() async throws {
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

  /// What systemd's own programs say, in one datagram and in several, and what is not that.
  @Test func readinessIsHeardAsSystemdHearsIt() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      [
        "exec", "--provides", "s", "--", "perl", "-MSocket", "-e",
        """
        socket S, AF_UNIX, SOCK_DGRAM, 0;
        ($to = $ENV{NOTIFY_SOCKET}) =~ s/^@/\\0/;
        sub say { defined send S, $_[0], 0, pack 'Sa*', AF_UNIX, $to or die $! }
        say $_ for '', 'READY=0', "STATUS=READY=1\\nREADY=12", "\\xff" x 5000;
        $| = 1; print "ready\\n"; <STDIN>;
        say "MAINPID=$$\\nREADY=1\\nSTATUS=on";
        <STDIN>; say 'STATUS=going'; exit 6
        """,
      ], server)
    #expect(try await running.output.readLine() == "ready")
    #expect(try await server.octopus("exists", "s").status == .init(code: 1))
    running.input.write("\n")
    #expect(try await server.octopus("wait", "s").status == .init(code: 0))
    running.input.write("\n")
    #expect(await running.outcome().status == .init(code: 6))
  }

  /// Of another user only those are heard that descend from the program.
  @Test(.enabled(if: geteuid() == 0, "needs to be root to become somebody else"))
  func strangersAreNotHeard() async throws {
    let server = try await Octopusd()
    let say =
      "use Socket; socket S, AF_UNIX, SOCK_DGRAM, 0; ($to = $ENV{NOTIFY_SOCKET}) =~ s/^@/\\0/; "
      + "($<, $>) = (65534, 65534); send S, q(READY=1), 0, pack(q(Sa*), AF_UNIX, $to) or die $!; "
    let running = try octopus(
      [
        "exec", "--provides", "s", "--", "perl", "-e",
        "$| = 1; print qq($ENV{NOTIFY_SOCKET}\\n); <STDIN>; \(say); <STDIN>",
      ], server)
    let name = try #require(try await running.output.readLine())
    #expect(name.hasPrefix("@"))
    let stranger = try await run("perl", ["-e", say], environment: ["NOTIFY_SOCKET": name])
    #expect(stranger.status == .init(code: 0), "\(stranger.errors)")
    #expect(try await server.octopus("exists", "s").status == .init(code: 1))
    running.input.write("\n")
    #expect(try await server.octopus("wait", "s").status == .init(code: 0))
    running.input.write("\n")
    #expect(await running.outcome().status == .init(code: 0))
  }

  @Test func failuresAreClear() async throws {
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

  private func octopus(_ arguments: [String], _ server: Octopusd) throws -> RunningProgram {
    try RunningProgram(productsDirectory + "/octopus", arguments, environment: server.environment)
  }
}
