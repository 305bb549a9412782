import Foundation
import Glibc
import Testing

/// A program under a supervisor, with octopus between the two: neither sees that.
@Suite struct SupervisorTests {
  /// Every way in which octopus runs a program.
  static let wrappers = [
    ["lock", "x"], ["elect", "x"], ["sem", "--new", "1", "x"], ["barrier", "x", "1"],
    ["register", "x"], ["exec"], ["exec", "--provides", "x", "--ready-at", "start"],
    ["exec", "--provides", "x"],
  ]

  @Test(arguments: wrappers)
  func theProgramStartsAsItWouldWithoutOctopus(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let look = [python, script("surroundings"), "look"]
    func start(_ command: [String]) async throws -> [String] {
      let outcome = try await run(
        python, [script("surroundings"), "start"] + command, environment: server.environment)
      #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
      return outcome.lines
    }
    let alone = try await start(look)
    #expect(alone.count == 11)
    let inside = try await start([productsDirectory + "/octopus"] + wrapper + ["--"] + look)
    for (expected, found) in zip(alone, inside) { #expect(found == expected) }
    #expect(inside.contains { $0.hasPrefix("pids ") && !$0.contains("false") })
  }

  /// A service manager listens to the process that it has started, and to no other.
  @Test(arguments: wrappers)
  func whatTheProgramSaysReachesTheSupervisor(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let outcome = try await run(
      python,
      [script("supervisor"), productsDirectory + "/octopus"] + wrapper
        + ["--", python, script("notifier")], environment: server.environment)
    #expect(
      outcome.lines == [
        #"["MAINPID=main\nREADY=1\nSTATUS=serving", true, 0]"#,
        #"["RELOADING=1\nMONOTONIC_USEC=1", true, 0]"#, #"["READY=1", true, 0]"#,
        #"["WATCHDOG=1", true, 0]"#, #"["FDSTORE=1\nFDNAME=x", true, 2]"#,
        #"["MAINPID=1", true, 0]"#, #"["X_NOBODY_KNOWS=\u007f\u00e9\n\u00dc=1", true, 0]"#,
        #"["BARRIER=1", true, 1]"#, #"["STOPPING=1", true, 0]"#, #""exit 7""#,
      ], "\(outcome.errors)")
  }

  @Test(arguments: wrappers)
  func systemdsOwnProgramsAreHeard(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let outcome = try await run(
      python,
      [script("supervisor"), productsDirectory + "/octopus"] + wrapper + [
        "--", "sh", "-c",
        "systemd-notify --ready --status=up && '\(productsDirectory)/octopus' ready --stopping && kill $$",
      ], environment: server.environment)
    let said = outcome.lines.filter { !$0.contains("BARRIER") }
    #expect(
      said.count == 3 && said[0].contains("READY=1") && said[0].contains("STATUS=up")
        && said[1].contains("STOPPING=1") && said[2] == #""signal 15""#,
      "\(outcome.output)\(outcome.errors)")
  }

  @Test(arguments: wrappers)
  func socketActivationPassesThrough(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let path = server.directory + "/service.sock"
    // An HTTP-like service that takes its listening socket as sd_listen_fds(3) does.
    let service = """
      import os, socket
      assert os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_PID"]
      assert os.environ["LISTEN_FDS"] == "1" and os.environ["LISTEN_FDNAMES"] == "web"
      listener = socket.socket(fileno=3)
      listener.accept()[0].sendall(b"served\\n")
      """
    // It hands no other variables on, and sanitized programs need theirs.
    var sanitizers: [String] = []
    for name in ["ASAN_OPTIONS", "TSAN_OPTIONS"] where getenv(name) != nil {
      sanitizers.append("--setenv=" + name)
    }
    let running = try RunningProgram(
      "systemd-socket-activate",
      ["--listen=\(path)", "--fdname=web", "--setenv=OCTOPUS_SOCKET=\(server.socket)"]
        + sanitizers + ["\(productsDirectory)/octopus"] + wrapper + ["--", python, "-c", service])
    while let line = try await running.errors.readLine(), !line.contains("Listening") {}
    let answer = try await run(
      python,
      [
        "-c",
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(9))",
        path,
      ])
    #expect(answer.output == "b'served\\n'\n")
    let outcome = await running.outcome()
    #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
  }

  /// s6's supervisor learns by a line on a descriptor that a service is ready, and ends it by a
  /// signal.
  @Test(arguments: wrappers)
  func supervisorSeesReadinessAndEnd(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let service = server.directory + "/service"
    try FileManager.default.createDirectory(
      atPath: service, withIntermediateDirectories: false)
    let command = (["octopus"] + wrapper).joined(separator: " ")
    let program = """
      #!/bin/sh
      exec \(productsDirectory)/\(command) -- sh -c 'echo >&3; exec sleep 1000'

      """
    try program.write(toFile: service + "/run", atomically: true, encoding: .utf8)
    chmod(service + "/run", 0o755)
    try "3\n".write(toFile: service + "/notification-fd", atomically: true, encoding: .utf8)
    try "".write(toFile: service + "/down", atomically: true, encoding: .utf8)
    let supervisor = try RunningProgram(
      "sh", ["-c", "exec 9>&1; exec s6-supervise '\(service)'"], environment: server.environment)
    func control(_ arguments: String...) async throws -> Outcome {
      try await run("s6-svc", arguments + [service])
    }
    // It makes what it is controlled by as it starts, and then says how the service is.
    while try await run("s6-svstat", [service]).status != .init(code: 0) {}
    #expect(try await control("-uwU", "-T60000").status == .init(code: 0))
    #expect(try await control("-dwD", "-T60000").status == .init(code: 0))
    let status = try await run("s6-svstat", ["-o", "exitcode,signal", service])
    #expect(status.output == "-1 SIGTERM\n", "\(status.errors)")
    _ = try await control("-x")
    #expect(await supervisor.outcome().status == .init(code: 0))
  }

  /// GNU make hands its children descriptors by which they share out the jobs; bash its
  /// substitutions.
  @Test(arguments: wrappers)
  func inheritedDescriptorsReachTheProgram(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let octopus = (["\(productsDirectory)/octopus"] + wrapper).joined(separator: " ")
    let makefile = "all:\n\t+@\(octopus) -- make -f '\(server.directory)/inner'\n"
    try makefile.write(
      toFile: server.directory + "/outer", atomically: true, encoding: .utf8)
    try "all: a b\na b:\n\t@echo $@\n".write(
      toFile: server.directory + "/inner", atomically: true, encoding: .utf8)
    let made = try await run(
      "make", ["--no-print-directory", "-j2", "-f", server.directory + "/outer"],
      environment: server.environment)
    #expect(made.lines.sorted() == ["a", "b"])
    #expect(!made.errors.contains("jobserver"), "\(made.errors)")
    let read = try await run(
      "bash", ["-c", "\(octopus) -- cat <(echo substituted)"], environment: server.environment)
    #expect(read.output == "substituted\n", "\(read.errors)")
  }

  /// Readers and writers at the other ends see what the program closes. `elect` may run it again,
  /// and keeps them.
  @Test(arguments: wrappers.filter { $0.first != "elect" })
  func whatTheProgramClosesIsClosed(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let outcome = try await run(
      python,
      [script("job"), "closes", "\(productsDirectory)/octopus"] + wrapper
        + ["--", python, script("job"), "close"], environment: server.environment)
    #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
  }

  @Test(arguments: wrappers)
  func itEndsAsTheProgramEnds(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    for signal in [SIGKILL, SIGTERM, SIGINT, SIGSEGV, SIGUSR2, SIGPIPE] {
      let outcome = try await run(
        productsDirectory + "/octopus",
        wrapper + ["--", "perl", "-e", "$SIG{PIPE} = 'DEFAULT'; kill \(signal), $$"],
        environment: server.environment)
      #expect(outcome.status == .init(signal: signal), "\(outcome.errors)")
    }
  }

  /// As a supervisor ends a service: the process that it knows first, then the others of its group.
  @Test(arguments: wrappers)
  func aSignalToAllReachesTheProgramOnce(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let running = try RunningProgram(
      productsDirectory + "/octopus",
      wrapper + [
        "--", "perl", "-e",
        "$| = 1; $SIG{$_} = sub { print qq($_[0]\\n) } for qw(TERM HUP USR1); print qq($$ ready\\n); "
          + "sleep 1 while 1",
      ], environment: server.environment)
    let line = try #require(try await running.output.readLine())
    #expect(line.hasSuffix(" ready"))
    // The processes of this test's session are the group.
    kill(-running.process.id, SIGHUP)
    #expect(try await running.output.readLine() == "HUP")
    running.process.kill(SIGUSR1)
    #expect(try await running.output.readLine() == "USR1")
    kill(-running.process.id, SIGTERM)
    #expect(try await running.output.readLine() == "TERM")
    running.process.kill(SIGHUP)
    #expect(try await running.output.readLine() == "HUP")
    running.process.kill(SIGKILL)
    // Nothing came twice.
    #expect(await running.output.readAll() == "")
  }

  /// Stopped from outside, and by itself: a shell sees its job stop with the program.
  @Test(arguments: wrappers)
  func itStopsWithTheProgram(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let program =
      "$| = 1; $SIG{CONT} = sub { print qq(CONT\\n) }; $SIG{USR1} = sub { kill 'STOP', $$ }; "
      + "print qq(ready\\n); sleep 1 while 1"
    let outcome = try await run(
      python,
      [script("job"), "stops", "\(productsDirectory)/octopus"] + wrapper
        + ["--", "perl", "-e", program], environment: server.environment)
    #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
  }

  /// A signal that the kernel sends when the supervisor dies.
  @Test(arguments: wrappers)
  func theSignalForTheSupervisorsDeathReachesIt(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let command = (["\(productsDirectory)/octopus"] + wrapper).joined(separator: " ")
    let supervisor = try RunningProgram(
      "sh",
      [
        "-c",
        "setpriv --pdeathsig TERM \(command) -- perl -e '$| = 1; $SIG{TERM} = sub { print qq(term\\n); exit }; "
          + "print qq(ready\\n); sleep 1 while 1' & wait",
      ], environment: server.environment)
    #expect(try await supervisor.output.readLine() == "ready")
    supervisor.process.kill(SIGKILL)
    #expect(try await supervisor.output.readLine() == "term")
    _ = await supervisor.outcome()
  }

  /// The first process of a container: only what it has a handler for reaches it.
  @Test(
    .enabled(if: geteuid() == 0, "needs to be root for a process namespace"), arguments: wrappers)
  func asAContainersFirstProcessItPassesSignalsOn(_ wrapper: [String]) async throws {
    let server = try await Octopusd()
    let running = try RunningProgram(
      "unshare",
      ["--fork", "--pid", "--kill-child", "--mount-proc", "\(productsDirectory)/octopus"] + wrapper
        + [
          "--", "sh", "-c",
          // From inside, as from outside a process is not to be found by its number.
          "trap 'echo term; exit 5' TERM; echo ready; kill -TERM 1; sleep 1000 & wait $!",
        ], environment: server.environment)
    #expect(try await running.output.readLine() == "ready")
    #expect(try await running.output.readLine() == "term")
    #expect(await running.outcome().status == .init(code: 5))
  }
}

private let python = "/usr/bin/python3"
private func script(_ name: String) -> String { sourceDirectory + "/Python/\(name).py" }
