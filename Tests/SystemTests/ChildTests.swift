import Glibc
import Testing

/// Programs that the shell runs: as if they were run without it, and for no longer than it.
@Suite struct ChildTests {
  @Test func programHasTheStreamsAndGivesTheStatus() async throws {
    let server = try await Octopusd()
    let outcome = try await server.octopus(
      "register", "r", "--", "sh", "-c", "read a; echo \"$a { }\" '--'; echo no >&2; exit 7",
      input: "line\n")
    #expect(outcome.status == .init(code: 7))
    #expect(outcome.output == "line { } --\n")
    #expect(outcome.errors == "no\n")
    for (program, code) in [("no-such-program", Int32(127)), ("/etc/passwd", 126)] {
      for command in [["register", "r"], ["exec"], ["exec", "--provides", "r"]] {
        let outcome = try await octopus(command + ["--", program], server).outcome()
        #expect(outcome.status == .init(code: code))
        #expect(outcome.errors.hasPrefix("octopus: \(program): "), "\(outcome.errors)")
      }
    }
    let killed = try await server.octopus("register", "r", "--", "sh", "-c", "kill -USR1 $$")
    #expect(killed.status == .init(signal: SIGUSR1))
  }

  @Test func signalsReachTheProgram() async throws {
    let server = try await Octopusd()
    let running = try octopus(["register", "r", "--"] + teller, server)
    #expect(try await running.output.readLine() == "ready")
    for (signal, name) in [
      (SIGHUP, "HUP"), (SIGINT, "INT"), (SIGQUIT, "QUIT"), (SIGUSR1, "USR1"), (SIGUSR2, "USR2"),
      (SIGALRM, "ALRM"), (SIGTTIN, "TTIN"), (SIGTTOU, "TTOU"), (SIGABRT, "ABRT"),
      (SIGVTALRM, "VTALRM"), (SIGINT, "INT"),
    ] {
      running.process.kill(signal)
      #expect(try await running.output.readLine() == name)
    }
    running.process.kill(SIGTERM)
    #expect(await running.process.wait() == .init(code: 3))
  }

  /// The kernel sends it to octopus, which was given the timer.
  @Test(arguments: ["lock l", "register r", "sem s", "exec --provides r --ready-at start"])
  func anInheritedAlarmEndsTheProgram(_ wrapper: String) async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("sem", "--new", "1", "s")
    let command = [productsDirectory + "/octopus"] + wrapper.split(separator: " ").map(String.init)
    let outcome = try await run(
      "perl", ["-e", "alarm 1; exec @ARGV"] + command + ["--", "perl", "-e", "sleep 1 while 1"],
      environment: server.environment)
    #expect(outcome.status == .init(signal: SIGALRM), "\(outcome.errors)")
  }

  /// It gets the descriptors and the signals that it would have without octopus, and no others.
  @Test(arguments: ["", "trap '' HUP PIPE; exec 9</dev/null;", "exec 0<&-;"])
  func itStartsAsItWould(_ preparation: String) async throws {
    let server = try await Octopusd()
    let look =
      "perl -e 'opendir D, \"/proc/self/fd\"; print join(\" \", sort readdir D), \"\\n\"; "
      + "open S, \"/proc/self/status\"; "
      // Without those that libc keeps for itself.
      + "/^Sig(Blk|Ign|Cgt):\\s+(\\w+)/ && printf \"%s %x\\n\", $1, 0x7fffffff & hex $2 for <S>'"
    let alone = try await run("sh", ["-c", "\(preparation) exec \(look)"])
    for command in ["register r", "exec", "exec --provides r --ready-at start"] {
      let inside = try await run(
        "sh", ["-c", "\(preparation) exec \(productsDirectory)/octopus \(command) -- \(look)"],
        environment: server.environment)
      #expect(inside.output == alone.output, "\(inside.errors)")
      #expect(inside.output.contains("Ign "))
    }
  }

  /// Killed with SIGKILL, octopus leaves no process behind, and its record is deleted.
  @Test func killedShellLeavesNoDescendants() async throws {
    let server = try await Octopusd()
    let running = try octopus(["register", "r", "--", "sh", "-c", family], server)
    #expect(try await running.output.readLine() == "ready")
    _ = try await server.octopus("wait", "r")
    running.process.kill(SIGKILL)
    #expect(await running.process.wait() == .init(signal: SIGKILL))
    #expect(try await server.octopus("wait", "--gone", "r").status == .init(code: 0))
    // All of them hold the pipe.
    _ = await running.output.readAll()
    #expect(running.output.hasEnded)
  }

  @Test func killedGuardEndsTheProgram() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      ["register", "r", "--", "sh", "-c", "echo $PPID; exec sleep 1000"], server)
    let guardian = try #require(pid_t(try await running.output.readLine() ?? ""))
    #expect(guardian != running.process.id)
    _ = try await server.octopus("wait", "r")
    kill(guardian, SIGKILL)
    #expect(await running.outcome().status == .init(signal: SIGKILL))
    #expect(running.output.hasEnded)
  }

  @Test func descendantsRunOnAfterANormalEnd() async throws {
    let server = try await Octopusd()
    let outcome = try await server.octopus(
      "register", "r", "--", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!")
    let process = try #require(pid_t(outcome.lines.first ?? ""))
    #expect(kill(process, SIGTERM) == 0)
  }

  @Test(arguments: [true, false]) func lossTerminatesTheProgram(isServer: Bool) async throws {
    let server = try await Octopusd()
    for program in [
      teller, ["perl", "-e", "$|=1; $SIG{TERM}='IGNORE'; \(announce); sleep 1 while 1"],
    ] {
      let running = try octopus(
        ["register", "r", "--kill-after", "50ms", "--"] + program, server)
      #expect(try await running.output.readLine() == "ready")
      _ = try await server.octopus("wait", "r")
      if isServer { _ = await server.stop() } else { _ = try await server.octopus("del", "r") }
      let outcome = await running.outcome()
      #expect(outcome.status == .init(code: 3))
      #expect(
        outcome.errors.contains(isServer ? "connection is lost" : "r was deleted"),
        "\(outcome.errors)")
      if isServer { return }
    }
  }

  @Test func lossTerminatesDescendants() async throws {
    let server = try await Octopusd()
    let running = try octopus(["register", "r", "--", "sh", "-c", family], server)
    #expect(try await running.output.readLine() == "ready")
    _ = try await server.octopus("wait", "r")
    _ = try await server.octopus("del", "r")
    #expect(await running.outcome().status == .init(code: 3))
    #expect(running.output.hasEnded)
  }

  /// The terminal's keys are for the program: each reaches it once.
  @Test func stoppedProgramStopsTheShellsJob() async throws {
    let server = try await Octopusd()
    let terminal = try Terminal(
      "bash", ["--norc", "--noprofile"],
      environment: server.environment.merging([
        "PATH": productsDirectory + ":/usr/local/bin:/usr/bin:/bin", "PS1": "$ ",
      ]) { $1 })
    try await terminal.expectLine("$")
    terminal.type("octopus register r -- \(teller[0]) -e '\(teller[2])'\n")
    try await terminal.expect("that it runs") { $0.lines.contains("ready") }
    // The program may say so before it is registered, and what comes next stops both.
    _ = try await server.octopus("wait", "r")
    terminal.type("\u{3}")
    try await terminal.expect("an interrupt") { $0.lines.contains { $0.hasSuffix("INT") } }
    terminal.type("\u{1a}")
    try await terminal.expect("that it has stopped") { screen in
      screen.lines.contains { $0.contains("Stopped") } && screen.currentLine == "$"
    }
    #expect(try await server.octopus("exists", "r").status == .init(code: 0))
    terminal.type("fg\n")
    try await terminal.expect("that it goes on") { $0.lines.contains("CONT") }
    terminal.type("\u{1c}")
    try await terminal.expect("a quit") { $0.lines.contains { $0.hasSuffix("QUIT") } }
    #expect(terminal.lines.count { $0.hasSuffix("INT") } == 1)
    #expect(terminal.lines.count { $0.hasSuffix("QUIT") } == 1)
    _ = try await server.octopus("del", "r")
    try await terminal.expectLine("$")
    terminal.type("echo \"status $?\"\n")
    try await terminal.expect("the status") { $0.lines.contains("status 3") }
  }
}

private let announce = "print qq(ready\\n)"

/// Says which signals come; SIGTERM ends it with status 3.
private let teller = [
  "perl", "-e",
  "$|=1; $SIG{$_}=sub{print qq($_[0]\\n)} "
    + "for qw(HUP INT QUIT USR1 USR2 ALRM CONT TTIN TTOU ABRT VTALRM); "
    + "$SIG{TERM}=sub{exit 3}; \(announce); sleep 1 while 1",
]

/// A shell with children of several kinds, one in a session of its own.
private let family =
  "sleep 1000 & (setsid sh -c 'sleep 1000; true' &); (sleep 1000 & sleep 1000; true) & echo ready; "
  + "sleep 1000; true"
