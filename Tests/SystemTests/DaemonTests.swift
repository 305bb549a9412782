import CSpawn
import Foundation
import Glibc
import TestSupport
import Testing

/// octopusd as a service: starting, notifying systemd, and ending.
@Suite struct DaemonTests {
  private let directory: TemporaryDirectory
  private var path: String { directory.path }
  private var socket: String { path + "/octopus.sock" }

  init() throws { directory = try TemporaryDirectory() }

  private func octopusd(_ arguments: String...) async throws -> Outcome {
    try await run(productsDirectory + "/octopusd", ["--state-dir", path] + arguments)
  }

  // MARK: Ending

  @Test(arguments: [SIGTERM, SIGINT])
  func terminationSignalEndsItInOrder(signal: CInt) async throws {
    let server = try await Octopusd(socket: socket)
    let idle = try server.connect()
    try await idle.ask("PING\r\n", "+PONG\r\n")
    let waiting = try server.connect()
    await waiting.send("WAITFOR never\r\n")
    try await server.wait(for: "waits") { $0 == 1 }
    server.running.process.kill(signal)
    #expect(await server.running.process.wait() == .init(code: 0))
    for client in [idle, waiting] { #expect(try await client.receiveToEnd() == "") }
    #expect(!exists(socket) && !exists(socket + ".lock"))
  }

  /// As in `octopusd 2>&1 | head -1`.
  @Test func closedLogPipeDoesNotEndIt() async throws {
    let server = try await Octopusd(["--log-level", "trace"], socket: socket)
    server.running.errors.closeReading()
    try await server.connect().ask("PING\r\n", "+PONG\r\n")
    #expect(await server.stop() == .init(code: 0))
    #expect(!exists(socket))
  }

  /// Without free descriptors, connected clients are served. New ones are once there are some
  /// again.
  @Test func servesOnWithoutFreeDescriptors() async throws {
    let running = try RunningProgram(
      "sh",
      [
        "-c", "ulimit -n 40; exec \"$@\"", "sh", productsDirectory + "/octopusd", "--state-dir",
        path, "--socket", socket,
      ])
    while let line = try await running.errors.readLine(), !line.contains("listening") {}
    let first = try RawClient(socket)
    try await first.ask("PING\r\n", "+PONG\r\n")
    var crowd = try (0..<60).map { _ in try RawClient(socket) }
    while let line = try await running.errors.readLine(), !line.contains("refused a client") {}
    try await first.ask("SET a\r\n", "+OK\r\n")
    crowd = []
    #expect(crowd.isEmpty)
    let deadline = now() + patience
    while try await answer(to: "GET a") != "$4\r\na {}\r\n+OK\r\n" {
      // The server has not seen yet that the others have gone.
      try #require(now() < deadline)
    }
    running.process.kill(SIGTERM)
    #expect(await running.process.wait() == .init(code: 0))
  }

  private func answer(to request: String) async throws -> String {
    let client = try RawClient(socket)
    await client.send("\(request)\r\nQUIT\r\n")
    return try await client.receiveToEnd()
  }

  /// The kernel's `ru_maxrss` includes the memory of the parent process.
  @Test func peakMemoryExcludesTheParentProcess() async throws {
    let ballast = [UInt8](repeating: 1, count: 256 << 20)
    let server = try await Octopusd()
    expect(bytes: try await server.figure("used_memory_rss_peak"), below: 200 << 20)
    #expect(ballast.last == 1)
  }

  /// Even after busy polling has paid off.
  @Test func idleServerSleeps() async throws {
    let server = try await Octopusd(["--busy-poll-microseconds", "1000"])
    let client = try server.connect()
    for _ in 0..<200 { try await client.ask("PING\r\n", "+PONG\r\n") }
    let process = server.running.process.id
    try await eventually { try isAsleep(process) }
  }

  // MARK: systemd

  @Test(arguments: ["path", "abstract"])
  func systemdIsNotifiedOfReadyAndStopping(kind: String) async throws {
    let name = kind == "path" ? path + "/notify" : "@\(path)/notify"
    let receiver = spawn_receiver(name)
    try #require(receiver >= 0)
    defer { close(receiver) }
    let running = try RunningProgram(
      productsDirectory + "/octopusd", ["--socket", socket, "--state-dir", path],
      environment: ["NOTIFY_SOCKET": name])
    #expect(try await datagram(on: receiver) == "READY=1")
    try await RawClient(socket).ask("PING\r\n", "+PONG\r\n")
    running.process.kill(SIGTERM)
    #expect(try await datagram(on: receiver) == "STOPPING=1")
    #expect(await running.process.wait() == .init(code: 0))
  }

  // MARK: The socket

  @Test func socketOfARunningServerIsRefused() async throws {
    let server = try await Octopusd(socket: socket)
    let second = try await octopusd("--socket", socket)
    #expect(second.status == .init(code: 1))
    #expect(second.errors == "octopusd: another server is running on \(socket)\n")
    try await server.connect().ask("PING\r\n", "+PONG\r\n")
  }

  @Test func missingStateDirectoryIsMade() async throws {
    let missing = path + "/a/b"
    let running = try RunningProgram(
      productsDirectory + "/octopusd", ["--socket", socket, "--state-dir", missing])
    #expect(try await running.errors.readLine()?.contains("listening") == true)
    #expect(try status(missing).st_mode & 0o777 == 0o700)
    running.process.kill(SIGTERM)
    #expect(await running.process.wait() == .init(code: 0))
    let impossible = try await run(
      productsDirectory + "/octopusd", ["--socket", socket, "--state-dir", "/proc/none"])
    #expect(impossible.status == .init(code: 1))
    #expect(impossible.errors.hasPrefix("octopusd: cannot make /proc/none: "))
    #expect(!exists(socket))
  }

  @Test func staleSocketIsReplaced() async throws {
    let first = try await Octopusd(socket: socket)
    first.running.process.kill(SIGKILL)
    _ = await first.running.process.wait()
    #expect(exists(socket))
    let second = try await Octopusd(socket: socket)
    try await second.connect().ask("PING\r\n", "+PONG\r\n")
  }

  /// Of many daemons that start at the same moment over a stale socket, one serves and goes on
  /// serving.
  @Test func oneOfManyStartedDaemonsServes() async throws {
    let dead = try await Octopusd(socket: socket)
    dead.running.process.kill(SIGKILL)
    _ = await dead.running.process.wait()
    let all = try (0..<6).map { number in
      try RunningProgram(
        productsDirectory + "/octopusd", ["--socket", socket, "--state-dir", path])
    }
    var serving: [RunningProgram] = []
    for running in all {
      let line = try await running.errors.readLine() ?? ""
      if line.contains("listening") {
        serving.append(running)
      } else {
        let reasons = ["server is running on \(socket)", "uses the state directory \(path)"]
        #expect(
          reasons.contains { line.hasPrefix("octopusd: another") && line.hasSuffix($0) }, "\(line)")
        #expect(await running.process.wait() == .init(code: 1))
      }
    }
    #expect(serving.count == 1)
    try await RawClient(socket).ask("PING\r\n", "+PONG\r\n")
  }

  @Test func tooLongSocketPathIsExplained() async throws {
    let outcome = try await octopusd("--socket", path + "/" + String(repeating: "x", count: 108))
    #expect(outcome.status == .init(code: 1))
    #expect(outcome.errors.contains("a socket's path has 1 to 107 bytes"), "\(outcome)")
  }

  @Test func fileAtTheSocketPathIsKept() async throws {
    let file = fopen(socket, "w")
    fputs("precious", file)
    fclose(file)
    let outcome = try await octopusd("--socket", socket)
    #expect(outcome.status == .init(code: 1))
    #expect(outcome.errors.contains("\(socket) exists and is not a socket"), "\(outcome)")
    #expect(try status(socket).st_size == 8)
  }

  @Test func socketFileHasTheGivenModeAndGroup() async throws {
    let own = try await Octopusd()
    #expect(try status(own.socket).st_mode & 0o777 == 0o600)
    let open = try await Octopusd(["--socket-mode", "0666"])
    #expect(try status(open.socket).st_mode & 0o777 == 0o666)
    let group = getegid()
    let shared = try await Octopusd(["--socket-mode", "660", "--socket-group", "\(group)"])
    #expect(try status(shared.socket).st_mode & 0o777 == 0o660)
    #expect(try status(shared.socket).st_gid == group)
    let unknown = try await octopusd("--socket", socket, "--socket-group", "nosuchgroup")
    #expect(unknown.status == .init(code: 1))
    #expect(unknown.errors == "octopusd: there is no group nosuchgroup\n")
    #expect(!exists(socket))
  }

  /// Debian has these; only root may give a socket to a group that it is not in.
  @Test(.enabled(if: geteuid() == 0)) func socketGroupMayBeAName() async throws {
    let shared = try await Octopusd(["--socket-group", "daemon"])
    #expect(try status(shared.socket).st_gid == 1)
  }

  @Test func defaultSocketIsWhereClientsLook() async throws {
    let running = try RunningProgram(
      productsDirectory + "/octopusd", ["--state-dir", path],
      environment: ["XDG_RUNTIME_DIR": path])
    let line = try await running.errors.readLine()
    #expect(line?.contains("listening socket=\(socket)") == true, "\(line ?? "")")
    let found = try await run(
      productsDirectory + "/octopus", ["count", "_"], environment: ["XDG_RUNTIME_DIR": path])
    #expect(found.output == "0\n")
  }

  // MARK: TCP

  @Test func tcpWithoutAPasswordIsRefused() async throws {
    let outcome = try await octopusd("--socket", socket, "--tcp", "127.0.0.1:0")
    #expect(outcome.status == .init(code: 1))
    #expect(outcome.errors.hasPrefix("octopusd: TCP needs a password"), "\(outcome)")
    let file = path + "/password"
    let empty = try await octopusd(
      "--socket", socket, "--tcp", "127.0.0.1:0", "--password-file", file)
    #expect(empty.status == .init(code: 1))
    #expect(empty.errors.contains(file), "\(empty)")
  }

  @Test func passwordFileReadableByOthersIsRefused() async throws {
    let file = path + "/password"
    let stream = fopen(file, "w")
    fputs("secret\n", stream)
    fclose(stream)
    chmod(file, 0o644)
    let refusal =
      "others may read or write the password file \(file) (mode 644): chmod 600 \(file)\n"
    let daemon = try await octopusd(
      "--socket", socket, "--tcp", "127.0.0.1:0", "--password-file", file)
    #expect(daemon.status == .init(code: 1))
    #expect(daemon.errors == "octopusd: " + refusal)
    let shell = try await run(
      productsDirectory + "/octopus",
      ["count", "_", "--tcp", "127.0.0.1:1", "--password-file", file])
    #expect(shell.status == .init(code: 2))
    #expect(shell.errors == "octopus: " + refusal)
  }

  // MARK: Options

  @Test func invalidOptionsAreExplained() async throws {
    for arguments in [
      ["--loops", "0"], ["--socket-mode", "999"], ["--tcp", "here"], ["--nonsense"], ["word"],
      ["--log-level", "loud"], ["--socket", ""], ["--max-memory", "much"],
      ["--tcp", "127.0.0.1:+80"], ["--tcp", "127.0.0.1:65536"], ["--socket-mode", "+660"],
      ["--max-memory", "-1"], ["--max-memory", "9223372036854775808"], ["--loops", "-1"],
      ["--loops", "9223372036854775808"], ["--revision-stride", "-9223372036854775808"],
      ["--busy-poll-microseconds", "1001"], ["--busy-poll-microseconds", "-1"],
    ] {
      let outcome = try await run(productsDirectory + "/octopusd", arguments)
      #expect(outcome.status == .init(code: 2), "\(arguments)")
      #expect(outcome.errors.contains("Error: ") && outcome.output == "", "\(outcome)")
    }
    let help = try await octopusd("--help")
    #expect(help.status == .init(code: 0))
    #expect(help.output.contains("--socket-group") && help.output.contains("EXAMPLES"))
  }
}

private func status(_ path: String) throws -> stat {
  var result = stat()
  guard lstat(path, &result) == 0 else { throw Failure("no \(path)") }
  return result
}

/// Whether all threads of a process sleep.
private func isAsleep(_ process: pid_t) throws -> Bool {
  let tasks = "/proc/\(process)/task"
  return try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
    let line = try String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8)
    return line.split(separator: ")").last?.hasPrefix(" S") == true
  }
}

private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
