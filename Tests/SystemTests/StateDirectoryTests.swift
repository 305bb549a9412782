import Glibc
import TestSupport
import Testing

/// octopusd and the disk of its high-water mark: whatever the disk does, no fencing token repeats.
@Suite struct StateDirectoryTests {
  private let directory: TemporaryDirectory
  private var path: String { directory.path }
  private var socket: String { path + "/octopus.sock" }

  init() throws { directory = try TemporaryDirectory() }

  private func token(_ client: RawClient) async throws -> Int {
    await client.send("LOCK l\r\n")
    let answer = try await client.receive(through: "\r\nl_")
    return try #require(Int(answer.split(whereSeparator: \.isNewline)[1].dropFirst()), "\(answer)")
  }

  /// Sets a record until that is refused.
  private func exhaust(_ client: RawClient) async throws {
    while true {
      await client.send("SET x\r\n")
      let answer = try await client.receive(through: "\r\n")
      if answer.hasPrefix("-READONLY ") { return }
      try #require(answer == "+OK\r\n")
    }
  }

  @Test(arguments: [("full", "free"), ("read-only", "writable")])
  func tokensGrowWhenTheDiskFails(breaks: String, mends: String) async throws {
    let disk = try RunningProgram(
      "sh",
      [
        sourceDirectory + "/Scripts/failing-disk.sh", path + "/state",
        productsDirectory + "/octopusd", "--socket", socket, "--state-dir", path + "/state",
        "--revision-stride", "1000", "--journal", "off",
      ])
    func order(_ text: String) async throws {
      disk.input.write(text + "\n")
      try #require(try await disk.output.readLine() == text)
    }
    func start() async throws -> RawClient {
      try await order("start")
      while let line = try await disk.errors.readLine(), !line.contains("listening") {}
      return try RawClient(socket)
    }
    let first = try await start()
    try await order(breaks)
    try await exhaust(first)
    try await first.ask("GET x\r\n", "$4\r\nx {}\r\n")
    while let line = try await disk.errors.readLine(), !line.contains("cannot raise") {}
    await first.send("INFO persistence\r\n")
    try await first.receive(through: "revision_mark_status:failing\r\n")
    try await order(mends)
    while let line = try await disk.errors.readLine(), !line.contains("is raised again") {}
    let before = try await token(RawClient(socket))
    #expect(before > 750)

    try await order(breaks)
    try await exhaust(RawClient(socket))
    try await order("kill")
    try await order(mends)
    let after = try await token(start())
    #expect(after > before + 250)
    disk.input.close()
    #expect(await disk.process.wait() == .init(code: 0))
  }

  /// Connections leave enough descriptors to write the mark.
  @Test func tokensGrowWhenClientsUseUpAllDescriptors() async throws {
    var highest = 0
    for _ in 0..<2 {
      let running = try RunningProgram(
        "sh",
        [
          "-c", "ulimit -n 40; exec \"$@\"", "sh", productsDirectory + "/octopusd", "--state-dir",
          path, "--socket", socket, "--revision-stride", "1000",
        ])
      while let line = try await running.errors.readLine(), !line.contains("listening") {}
      let client = try RawClient(socket)
      try await client.ask("PING\r\n", "+PONG\r\n")
      let crowd = try (0..<60).map { _ in try RawClient(socket) }
      while let line = try await running.errors.readLine(), !line.contains("refused a client") {}
      for _ in 0..<50 {
        await client.send(String(repeating: "SET x\r\n", count: 100))
        _ = try await client.receive(through: "\r\n")
      }
      await client.send("SET x REV\r\nECHO end\r\n")
      try await client.receive(through: "$3\r\nend\r\n")
      // A thread raises the mark: until it has, changes may be refused.
      let (deadline, first) = (now() + patience, highest)
      while highest <= first + 1_000 {
        try #require(now() < deadline)
        highest = try await revision(client) ?? highest
      }
      running.process.kill(SIGKILL)
      _ = await running.process.wait()
      #expect(crowd.count == 60)
    }
  }

  /// Nil while changes are refused.
  private func revision(_ client: RawClient) async throws -> Int? {
    await client.send("SET x REV\r\nECHO end\r\n")
    let answer = try await client.receive(through: "$3\r\nend\r\n")
    return answer.split(whereSeparator: \.isNewline).first { $0.hasPrefix(":") }
      .flatMap { Int($0.dropFirst()) }
  }

  @Test(arguments: [
    (
      "printf '9007199254740991\\n' >revision", "revision holds 9007199254740991, and revisions end"
    ),
    ("printf '+5\\n' >revision", "revision does not hold a revision"),
    ("mkfifo revision", "revision is not a regular file: not touching it"),
    ("ln -s /etc/passwd revision", "revision is not a regular file: not touching it"),
    ("mkdir revision", "revision is not a regular file: not touching it"),
    ("mkfifo revision.lock", "revision.lock is not a regular file: not touching it"),
    ("mkdir revision.new", "cannot remove "),
    ("chmod 770 .", "others may write to the state directory"),
  ])
  func unusableStateDirectoryIsExplained(command: String, complaint: String) async throws {
    let state = path + "/state"
    _ = try await run("sh", ["-c", "mkdir -m 700 \(state) && cd \(state) && \(command)"])
    let outcome = try await run(
      productsDirectory + "/octopusd", ["--socket", socket, "--state-dir", state])
    #expect(outcome.status == .init(code: 1))
    #expect(outcome.errors.contains(complaint), "\(outcome)")
    #expect(access(socket, F_OK) != 0)
  }

  @Test func stateDirectoryIsUsedByOneDaemon() async throws {
    let state = path + "/state"
    let first = try await Octopusd(["--state-dir", state])
    let second = try await run(
      productsDirectory + "/octopusd", ["--socket", socket, "--state-dir", state])
    #expect(second.status == .init(code: 1))
    #expect(
      second.errors
        == "octopusd: another octopusd (pid \(first.running.process.id)) uses the state "
        + "directory \(state)\n")
    #expect(await first.stop() == .init(code: 0))
    let third = try await Octopusd(["--state-dir", state])
    #expect(await third.stop() == .init(code: 0))
  }

  @Test func lockOfAnotherProcessIsReported() async throws {
    let holder = try RunningProgram(
      "flock", [path + "/revision.lock", "sh", "-c", "echo held; read -r line"])
    #expect(try await holder.output.readLine() == "held")
    let outcome = try await run(
      productsDirectory + "/octopusd", ["--socket", socket, "--state-dir", path])
    #expect(outcome.status == .init(code: 1))
    #expect(outcome.errors == "octopusd: another process holds \(path)/revision.lock\n")
  }
}
