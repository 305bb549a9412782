import Glibc
import TestSupport
import Testing

/// octopusd keeps what it has acknowledged, however it ends.
@Suite struct JournalTests {
  private let directory: TemporaryDirectory
  private var state: String { directory.path + "/state" }

  init() throws { directory = try TemporaryDirectory() }

  private func start(_ arguments: String...) async throws -> Octopusd {
    try await Octopusd(["--state-dir", state] + arguments)
  }

  private func kill(_ server: Octopusd, _ signal: CInt = SIGKILL) async {
    server.running.process.kill(signal)
    _ = await server.running.process.wait()
  }

  private func answers(_ server: Octopusd, _ commands: String...) async throws -> [String] {
    try await server.redisCLI("--csv", input: commands.joined(separator: "\n") + "\n").lines
  }

  @Test(arguments: ["second", "always", "never"], [SIGKILL, SIGTERM])
  func recordsCountersAndSemaphoresSurvive(fsync: String, signal: CInt) async throws {
    let server = try await start("--fsync", fsync)
    _ = try await answers(
      server, "SET 'lamp { on: true }'", "SET gone", "DEL gone", "SETSEQ job_", "SETSEQ job_",
      "DEL job_0", "SEM NEW s 3", "SEM WAIT s 2", "SET t TRANSIENT", "LOCK l")
    await kill(server, signal)
    let next = try await start("--fsync", fsync)
    let found = try await answers(next, "FIND _")
    #expect(
      found == [
        #""job_1 {}","lamp { on: true }","#
          + #""s { initial: 3, permits: 3, semaphore: 's', size: 3 }""#
      ])
    #expect(try await answers(next, "SETSEQ job_", "SEM TRY s 3") == [#""job_2""#, "1"])
  }

  @Test func transactionsSurviveWhole() async throws {
    let server = try await start()
    let client = try RawClient(server.socket)
    let sets = (0..<50).map { "SET 'r\($0) { of: 1 }'\r\n" }.joined()
    await client.send("MULTI\r\n" + sets + "EXEC\r\nECHO end\r\n")
    try await client.receive(through: "$3\r\nend\r\n")
    await kill(server)
    #expect(try await answers(start(), "COUNT '_ { of: 1 }'") == ["50"])
  }

  @Test func syncAnswersTheDurableRevision() async throws {
    let server = try await start("--fsync", "never")
    let client = try RawClient(server.socket)
    try await client.ask("SET a REV\r\n", "*2\r\n+OK\r\n:1\r\n")
    try await client.ask("SYNC\r\n", ":1\r\n")
    #expect(try await server.figure("journal_durable_revision") == 1)
    try await client.ask("SET b\r\nSYNC TIMEOUT 600000\r\n", "+OK\r\n:2\r\n")
    await kill(server)
    // Nothing has changed since the start.
    let next = try await start("--fsync", "never")
    try await RawClient(next.socket).ask("SYNC\r\n", ":1000000\r\n")
  }

  @Test func withoutJournalNothingIsKeptAndSyncSaysSo() async throws {
    let server = try await start("--journal", "off")
    let client = try RawClient(server.socket)
    try await client.ask("SET a\r\n", "+OK\r\n")
    await client.send("SYNC\r\n")
    try await client.receive(through: "-ERR there is no journal: records do not survive the server")
    await kill(server)
    #expect(try await answers(start(), "COUNT _") == ["0"])
  }

  @Test func journalThatIsOffIsNamedAtTheStart() async throws {
    let server = try await start()
    _ = try await answers(server, "SET a")
    await kill(server)
    let next = try RunningProgram(
      productsDirectory + "/octopusd",
      ["--socket", directory.path + "/s", "--state-dir", state, "--journal", "off"])
    #expect(try await next.errors.readLine()?.contains("its records are not served") == true)
  }

  /// Without its mark, the server goes on above all that the journal has.
  @Test func changesSurviveTheLossOfTheMark() async throws {
    let server = try await start()
    await kill(server)
    for number in 1...3 {
      _ = try await run("rm", [state + "/revision"])
      let next = try await start()
      _ = try await answers(next, "SET r\(number)", "DEL r\(number - 1)")
      await kill(next, number == 2 ? SIGTERM : SIGKILL)
    }
    #expect(try await answers(start(), "NAMES _") == [#""r3""#])
  }

  /// Counters without records take space too: a new base is begun before the first change.
  @Test func changesSurviveBasesThatCountersBringAbout() async throws {
    let server = try await start()
    let client = try RawClient(server.socket)
    let stem = String(repeating: "s", count: 1_000)
    for number in 0..<6_000 {
      await client.send(
        "MULTI\r\nSETSEQ c\(number)_\(stem)_\r\nDEL c\(number)_\(stem)_0\r\nEXEC\r\n")
      if number % 100 == 99 {
        await client.send("ECHO end\r\n")
        try await client.receive(through: "$3\r\nend\r\n")
      }
    }
    try await client.ask("SET lamp\r\n", "+OK\r\n")
    await kill(server)
    let next = try await start()
    #expect(
      try await answers(next, "GET lamp", "SETSEQ c7_\(stem)_") == [
        #""lamp {}""#, "\"c7_\(stem)_1\"",
      ])
  }

  /// Several clients write without waiting for each other; the server is killed at any moment.
  @Test(arguments: ["second", "always"], ["1", "3"])
  func nothingThatWasAcknowledgedIsLostByKills(fsync: String, loops: String) async throws {
    var random = Random.logged()
    let writers = 0..<4
    var acknowledged = [Int](repeating: 0, count: writers.count)
    var sent = acknowledged
    for _ in 0..<8 {
      let server = try await start("--fsync", fsync, "--loops", loops)
      let clients = try writers.map { _ in try RawClient(server.socket) }
      for writer in writers where sent[writer] > 0 {
        await clients[writer].send("GET w\(writer)\r\nECHO end\r\n")
        let answer = try await clients[writer].receive(through: "$3\r\nend\r\n")
        let found = answer.split(separator: " ").compactMap { Int($0) }.first ?? 0
        #expect((acknowledged[writer]...sent[writer]).contains(found), "w\(writer): \(answer)")
        acknowledged[writer] = found
      }
      let rounds = Int.random(in: 1...40, using: &random)
      for round in 0..<rounds {
        for writer in writers {
          let first = sent[writer] + 1
          sent[writer] += 20
          await clients[writer].send(
            (first...sent[writer]).map { "SET 'w\(writer) { n: \($0) }'\r\n" }.joined())
        }
        if round == rounds - 1 { break }
        for writer in writers {
          for _ in 0..<20 { _ = try await clients[writer].receive(through: "+OK\r\n") }
          acknowledged[writer] = sent[writer]
        }
      }
      await kill(server)
    }
  }

  // MARK: Damage

  private func check() async throws -> Outcome {
    try await run(productsDirectory + "/octopusd", ["check", state])
  }

  @Test(arguments: ["truncate -s -3 base.1", "head -c 5000 /dev/zero >>base.1"])
  func tornEndIsCutOffKeptAndReported(change: String) async throws {
    let server = try await start()
    _ = try await answers(server, "SET 'a { n: 1 }'", "SET 'b { n: 2 }'")
    await kill(server)
    _ = try await run("sh", ["-c", "cd \(state) && \(change)"])
    let torn = try await check()
    #expect(torn.status == .init(code: 1) && torn.output.contains("torn      base.1 at byte"))
    let next = try RunningProgram(
      productsDirectory + "/octopusd", ["--socket", directory.path + "/s", "--state-dir", state])
    #expect(
      try await next.errors.readLine()?.contains("the end of the journal was not whole") == true)
    while let line = try await next.errors.readLine(), !line.contains("listening") {}
    let client = try RawClient(directory.path + "/s")
    try await client.ask("GET a\r\n", "$10\r\na { n: 1 }\r\n")
    await client.send("INFO persistence\r\n")
    let info = try await client.receive(through: "journal_last_error")
    #expect(!info.contains("journal_cut_bytes:0\r"))
    let whole = try await check()
    #expect(whole.status == .init(code: 0), "\(whole)")
    let kept = try await run("sh", ["-c", "ls \(state) | grep -c cut"])
    #expect(kept.lines == ["1"])
  }

  @Test func damageBeforeTheEndPreventsTheStartAndNamesFileAndOffset() async throws {
    let server = try await start()
    let client = try RawClient(server.socket)
    try await client.ask("SET 'a { n: 1 }'\r\nSYNC\r\n", "+OK\r\n:1\r\n")
    try await client.ask("SET 'a { n: 2 }'\r\n", "+OK\r\n")
    await kill(server)
    _ = try await run("sed", ["-i", "s/n: 1/n: 7/", state + "/base.1"])
    let outcome = try await run(
      productsDirectory + "/octopusd", ["--socket", directory.path + "/s", "--state-dir", state])
    #expect(outcome.status == .init(code: 1))
    #expect(outcome.errors.contains("\(state)/base.1 is damaged at byte "), "\(outcome)")
    let checked = try await check()
    #expect(
      checked.status == .init(code: 2) && checked.errors.contains("base.1 is damaged at byte "))
    let files = try await run("ls", [state])
    #expect(files.lines.contains("base.1") && !files.lines.contains { $0.contains("cut") })
  }

  @Test func filesAreTheOwnersAlone() async throws {
    let server = try await start()
    _ = try await answers(server, "SET a")
    let outcome = try await run("sh", ["-c", "stat -c %a \(state) \(state)/base.1"])
    #expect(outcome.lines == ["700", "600"])
    _ = await server.stop()
  }

  // MARK: Size

  /// A record that changes many times takes little space, also while the daemon works.
  @Test func filesOfOldChangesAreRemoved() async throws {
    let server = try await start()
    let client = try RawClient(server.socket)
    let text = String(repeating: "x", count: 1_000)
    let batch = String(repeating: "SET 'a { t: \(text) }'\r\n", count: 1_000)
    for _ in 0..<20 {
      await client.send(batch + "ECHO end\r\n")
      try await client.receive(through: "$3\r\nend\r\n")
    }
    let deadline = now() + patience
    while try await server.figure("journal_bytes") > 5 << 20 { try #require(now() < deadline) }
    await kill(server)
    let used = try await run("du", ["-sk", state])
    #expect(Int(used.output.split(separator: "\t").first ?? "") ?? .max < 12 << 10, "\(used)")
    #expect(try await answers(start(), "COUNT _") == ["1"])
  }
}

/// The journal on a disk that fills up, and on one whose files are removed.
@Suite struct JournalDiskTests {
  private let directory: TemporaryDirectory
  private var socket: String { directory.path + "/octopus.sock" }

  init() throws { directory = try TemporaryDirectory() }

  @Test func fullDiskRefusesOnlyWhatGrowsAndLosesNothing() async throws {
    let disk = try RunningProgram(
      "sh",
      [
        sourceDirectory + "/Scripts/failing-disk.sh", directory.path + "/state",
        productsDirectory + "/octopusd", "--socket", socket, "--state-dir",
        directory.path + "/state",
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
    let client = try await start()
    // A client that does not read its backup.
    let reader = try RawClient(socket)
    await reader.send("BACKUP\r\n")
    try await reader.receive(through: "$5\r\nbytes\r\n:152\r\n")
    try await order("full")
    var count = 0
    let text = String(repeating: "x", count: 500)
    while true {
      await client.send("SET 'r\(count) { t: \(text) }'\r\n")
      let answer = try await client.receive(through: "\r\n")
      if answer.hasPrefix("-READONLY ") { break }
      try #require(answer == "+OK\r\n")
      count += 1
    }
    try #require(count > 10)
    // It would take the space that is set aside.
    try await client.ask(
      "BACKUP\r\n", "-ERR no backup can be made now: INFO persistence says why\r\n")
    for number in 0..<5 { try await client.ask("DEL r\(number)\r\n", ":1\r\n") }
    try await client.ask("SET 'r5 { t: x }'\r\n", "+OK\r\n")
    // More than the disk can take: base after base finds space.
    for _ in 0..<1_000 { try await client.ask("SET 'r6 { t: \(text) }'\r\n", "+OK\r\n") }
    await reader.send("BACKUP OFFSET 0\r\n")
    try await reader.receive(through: "-ERR the backup was given up: the disk is full")
    try await order("kill")
    let after = try await start()
    try await after.ask("COUNT _\r\n", ":\(count - 5)\r\n")
    try await order("free")
    let deadline = now() + patience
    while true {
      await after.send("SET 'more { t: \(text) }'\r\n")
      if try await after.receive(through: "\r\n") == "+OK\r\n" { break }
      try #require(now() < deadline)
    }
    disk.input.close()
    #expect(await disk.process.wait() == .init(code: 0))
  }

  @Test func removedFilesMakeTheServerReadOnly() async throws {
    let state = directory.path + "/state"
    let server = try await Octopusd(["--state-dir", state])
    let client = try RawClient(server.socket)
    try await client.ask("SET a\r\n", "+OK\r\n")
    _ = try await run("rm", ["-r", state])
    // The next sync finds that out, which may be due at any time.
    await client.send("SET b\r\n")
    let answer = try await client.receive(through: "\r\n")
    #expect(answer == "+OK\r\n" || answer.hasPrefix("-READONLY "))
    // A change that is not written is not answered: another client looks.
    let other = try RawClient(server.socket)
    let deadline = now() + patience
    while true {
      await other.send("INFO persistence\r\nECHO end\r\n")
      let info = try await other.receive(through: "$3\r\nend\r\n")
      if info.contains("journal_status:failing\r\n") { break }
      try #require(now() < deadline)
    }
    await other.send("SET c\r\n")
    try await other.receive(through: "-READONLY no change can be stored now")
    try await RawClient(server.socket).ask("GET a\r\n", "$4\r\na {}\r\n")
  }
}
