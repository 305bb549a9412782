import Glibc
import Octopus
import Testing

/// The program kaluga and its commands.
@Suite struct KalugaProgramTests {
  private let server: Octopusd
  private var directory: String { server.directory }

  init() async throws {
    server = try await Octopusd()
    for folder in ["drivers", "device", "devices"] { mkdir("\(server.directory)/\(folder)", 0o755) }
    try write(
      #"""
      [[driver]]
      name = "clock"
      match = "hw.clock"
      exec = ["sh", "-c", "echo ticking for $1; exec sleep 1000", "sh", "{name}"]

      [[driver]]
      name = "sundial"
      match = "hw.clock { light: _ }"
      exec = ["true"]

      [[driver]]
      name = "broken"
      match = "hw.clock {"
      exec = ["true"]
      """#)
  }

  private func write(_ text: String) throws {
    let file = fopen("\(directory)/drivers/clock.toml", "w")
    fputs(text, file)
    fclose(file)
  }

  private var arguments: [String] {
    [
      "--drivers", "\(directory)/drivers", "--state-dir", "\(directory)/state", "--sysfs",
      directory,
    ]
  }

  private func start() throws -> RunningProgram {
    try RunningProgram(
      productsDirectory + "/kaluga",
      arguments,
      environment: server.environment)
  }

  private func kaluga(_ arguments: String...) async throws -> Outcome {
    try await run(productsDirectory + "/kaluga", arguments, environment: server.environment)
  }

  /// The process of the clock's driver, once Kaluga says that it runs.
  private func process() async throws -> pid_t {
    let outcome = try await server.octopus(
      "wait", "--timeout", "600", "r'^kaluga\\.instance\\.' { driver: clock, state: running }")
    let words = outcome.output.split(separator: " ")
    let place = try #require(words.firstIndex(of: "pid:"), "\(outcome)")
    return try #require(pid_t(words[place + 1].dropLast()))
  }

  private func publishDevice() async throws {
    var status = stat()
    try #require(stat("\(directory)/device", &status) == 0)
    let record = "hw.clock { syspath: '\(directory)/device', devinode: \(status.st_ino) }"
    #expect(try await server.octopus("set", record).status == .init(code: 0))
  }

  @Test func commandsShowAndControlInstances() async throws {
    let running = try start()
    try await publishDevice()
    let process = try await process()
    let tree = try await kaluga("tree")
    #expect(
      tree.output.contains(
        "hw.clock\n   ● clock running, process \(process)  kaluga.instance.0\n"), "\(tree)")
    let explained = try await kaluga("explain", "hw.clock")
    #expect(
      explained.lines.dropFirst().map { $0.replacing(directory, with: "") } == [
        "+ clock (/drivers/clock.toml:1): kaluga.instance.0 is running, process \(process)",
        "- sundial (/drivers/clock.toml:6): wants light: _, and it has no light",
      ])
    let drivers = try await kaluga("drivers")
    #expect(drivers.lines.last?.contains("clock.toml:13: 'match' is no query") == true)
    #expect(try await kaluga("stop", "clock").output == "kaluga.instance.0\n")
    let held = "kaluga.instance.0 { state: waiting, reason: 'it was stopped by command' }"
    #expect(try await server.octopus("wait", "--timeout", "600", held).status == .init(code: 0))
    #expect(try await kaluga("start", "0").status == .init(code: 0))
    #expect(try await self.process() != process)
    let logs = try await kaluga("logs", "0", "--state-dir", "\(directory)/state")
    #expect(logs.output.hasPrefix("ticking for hw.clock\n"))
    let nothing = try await kaluga("explain", "hw.nothing")
    #expect(nothing.status == .init(code: 1) && nothing.errors == "kaluga: no device hw.nothing\n")
    running.process.kill(SIGTERM)
    #expect(await running.process.wait() == .init(code: 0))
    #expect(try await kaluga("drivers").status == .init(code: 3))
  }

  /// The sockets, watchdog and notify socket that they name are for Kaluga.
  @Test func driversDoNotGetTheVariablesOfKalugasSupervisor() async throws {
    try write(
      #"""
      [[driver]]
      name = "clock"
      match = "hw.clock"
      exec = ["sh", "-c", "env; echo the end; exec sleep 1000"]
      """#)
    let meant = [
      "NOTIFY_SOCKET": "/nowhere", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a", "LISTEN_PID": "7",
      "WATCHDOG_PID": "7", "WATCHDOG_USEC": "5000000", "SYSTEMD_EXEC_PID": "7",
    ]
    let running = try RunningProgram(
      productsDirectory + "/kaluga", arguments,
      environment: server.environment.merging(meant) { $1 }.merging(["KEPT": "yes"]) { $1 })
    try await publishDevice()
    _ = try await process()
    let changes = try FileChanges(in: "\(directory)/state/log")
    let log = "\(directory)/state/log/0"
    #expect(
      await changes.wait(until: now() + patience) {
        (try? contents(of: log))?.contains("\nthe end\n") ?? false
      })
    let logs = try await kaluga("logs", "0", "--state-dir", "\(directory)/state").output
    #expect(logs.contains("KEPT=yes\n"))
    for name in meant.keys { #expect(!logs.contains("\n\(name)="), "\(name)") }
    running.process.kill(SIGTERM)
    #expect(await running.process.wait() == .init(code: 0))
  }

  @Test func importReportsLinesThatItCannotUse() async throws {
    let file = fopen("\(directory)/aliases", "w")
    fputs("alias a:b c mod\r\n# x\r\noptions mod a=1\r\nalias d mod\r\n", file)
    fclose(file)
    let outcome = try await kaluga("import", "\(directory)/aliases", "--exec", "load {module}")
    #expect(outcome.status == .init(code: 0))
    #expect(
      outcome.errors == "kaluga: \(directory)/aliases:3: the line does not begin with 'alias'\n")
    for line in [
      "  \"a:b c\",", "  \"d\",", "shadows   = false", "exec      = [\"load\", \"mod\"]",
    ] {
      #expect(outcome.lines.contains(line), "\(outcome)")
    }
  }

  /// Any client that may publish can forge one.
  @Test func forgedAnswerDoesNotCrashTheCommand() async throws {
    let octopus = try await connectLibrary(to: server.socket)
    var requests = try await octopus.subscribe("kaluga.request").makeAsyncIterator()
    let asking = try RunningProgram(
      productsDirectory + "/kaluga", ["drivers"], environment: server.environment)
    let id = try #require(try await requests.next()?["id"])
    for status: Value in [.integer(1 << 40), .integer(.min), .float(0.5), .integer(7)] {
      try await octopus.publish(
        Record(
          name: "kaluga.answer",
          attributes: ["id": id, "text": "forged", "status": status, "more": false]))
    }
    #expect(await asking.process.wait() == .init(code: 7))
  }

  @Test func badUsageIsRefused() async throws {
    for arguments in [
      ["sing"], [], ["explain"], ["--drivers", "x", "--grace", "-1"], ["logs", "x"],
    ] {
      let outcome = try await run(
        productsDirectory + "/kaluga", arguments, environment: server.environment)
      #expect(outcome.status == .init(code: 2) && !outcome.errors.isEmpty, "\(arguments)")
    }
    #expect(try await kaluga("--help").status == .init(code: 0))
    #expect(try await kaluga("drivers").errors == "kaluga: no kaluga runs with this server\n")
  }

  @Test func driverSurvivesAKilledKaluga() async throws {
    let first = try start()
    try await publishDevice()
    let process = try await process()
    first.process.kill(SIGKILL)
    _ = await first.process.wait()
    let second = try start()
    #expect(try await self.process() == process)
    second.process.kill(SIGTERM)
    #expect(await second.process.wait() == .init(code: 0))
    #expect(kill(process, 0) != 0)
  }

  /// Nothing is started that another Kaluga could not find again.
  @Test(.enabled(if: Self.mayMount, "this machine lets nobody mount a directory"))
  func fullStateDirectoryIsReportedAndRetried() async throws {
    let running = try RunningProgram(
      "sh",
      [
        sourceDirectory + "/Scripts/full.sh", "\(directory)/state", productsDirectory + "/kaluga",
      ] + arguments, environment: server.environment)
    try await publishDevice()
    let failed = try await server.octopus(
      "wait", "--timeout", "600",
      "r'^kaluga' { state: 'backing-off', reason: r'^nothing can be written to /' }")
    #expect(failed.status == .init(code: 0), "\(failed)")
    running.input.write("\n")
    let process = try await process()
    running.process.kill(SIGTERM)
    _ = await running.process.wait()
    #expect(kill(process, 0) != 0)
  }

  private static let mayMount = {
    let place = "/tmp/octopus-full-\(getpid())"
    defer { rmdir(place) }
    return system("sh \(sourceDirectory)/Scripts/full.sh \(place) true </dev/null >/dev/null 2>&1")
      == 0
  }()
}
