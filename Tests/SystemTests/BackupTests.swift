import Glibc
import Octopus
import TestSupport
import Testing

/// `octopus backup`, `octopusd check FILE` and `octopusd restore`.
@Suite struct BackupTests {
  private let directory: TemporaryDirectory
  private var file: String { directory.path + "/backup" }
  private var state: String { directory.path + "/state" }

  init() throws { directory = try TemporaryDirectory() }

  private func octopusd(_ arguments: String...) async throws -> Outcome {
    try await run(productsDirectory + "/octopusd", arguments)
  }

  private func restored() async throws -> Octopusd {
    let restored = try await octopusd("restore", file, state)
    #expect(restored.status == .init(code: 0) && restored.errors == "")
    return try await Octopusd(["--state-dir", state])
  }

  private func store(_ server: Octopusd) async throws -> String {
    let lines = try await server.octopus("info", "persistence").lines
    return try #require(lines.first { $0.hasPrefix("journal_store:") })
  }

  @Test func restoredServerHasRecordsCountersAndFreePermits() async throws {
    let server = try await Octopusd()
    let client = try server.connect()
    try await client.ask("SET 'lamp { on: true }'\r\n", "+OK\r\n")
    try await client.ask("SET gone\r\nDEL gone\r\n", "+OK\r\n:1\r\n")
    try await client.ask("SETSEQ job_\r\nDEL job_0\r\n", "$5\r\njob_0\r\n:1\r\n")
    try await client.ask("SEM NEW pool 3\r\nSEM WAIT pool 2\r\n", "+OK\r\n:1\r\n")
    try await client.ask("SET mine TRANSIENT\r\n", "+OK\r\n")
    let backup = try await server.octopus("backup", file)
    #expect(backup.status == .init(code: 0) && backup.output == "")
    #expect(try await server.octopus("set", "later").status == .init(code: 0))
    let check = try await octopusd("check", file)
    #expect(check.status == .init(code: 0))
    #expect(check.lines.contains { $0.hasSuffix("4, 2 of them of sessions") })

    let next = try await restored()
    #expect(
      try await next.octopus("find", "_").lines == [
        "lamp { on: true }", "pool { initial: 3, permits: 3, semaphore: 'pool', size: 3 }",
      ])
    #expect(try await next.octopus("setseq", "job_").lines == ["job_1"])
    #expect(try await store(next) != store(server))
  }

  /// Clients of the old server may have seen revisions after the backup.
  @Test func revisionsAfterRestoringAreAboveThoseBeforeIt() async throws {
    let server = try await Octopusd()
    #expect(try await server.octopus("set", "a").status == .init(code: 0))
    #expect(try await server.octopus("backup", file).status == .init(code: 0))
    let next = try await restored()
    let revision = try await connectLibrary(to: next.socket).revisioned(.set("b")).revision
    #expect(revision > 1_000_000_000_000)
    // The mark of the directory counts too.
    _ = await next.stop()
    _ = try await run("sh", ["-c", "rm \(state)/base.* \(state)/log.*"])
    let last = try await restored()
    let later = try await connectLibrary(to: last.socket).revisioned(.set("b")).revision
    #expect(later > revision)
  }

  /// A restored store that has made no change stands far above the last change in its backup.
  @Test func backupOfAnUnchangedRestoredServerIsRestoredAboveIt() async throws {
    let server = try await Octopusd()
    #expect(try await server.octopus("set", "a").status == .init(code: 0))
    #expect(try await server.octopus("backup", file).status == .init(code: 0))
    let first = try await restored()
    #expect(try await first.octopus("backup", file).status == .init(code: 0))
    _ = await first.stop()
    _ = try await run("rm", ["-r", state])
    let second = try await restored()
    let revision = try await connectLibrary(to: second.socket).revisioned(.set("b")).revision
    #expect(revision > 2_000_000_000_000)
  }

  /// Two records always have the same number.
  @Test(arguments: [1, 2]) func backupsOfABusyServerAreOfOneMoment(loops: Int) async throws {
    let server = try await Octopusd(["--loops", "\(loops)"])
    let fill = try await connectLibrary(to: server.socket)
    try await fill.transaction((0..<600).map { .set(Write("r\($0) { n: 0 }")) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        group.addTask {
          let client = try await connectLibrary(to: server.socket)
          var number = 1
          while !Task.isCancelled {
            let pair = [(writer * 300, number), (writer * 300 + 299, number)]
            _ = try? await client.transaction(pair.map { .set(Write("r\($0.0) { n: \($0.1) }")) })
            number += 1
          }
        }
      }
      defer { group.cancelAll() }
      var revision: Int64 = 0
      for _ in 0..<5 {
        var copy: [UInt8] = []
        let backup = try await fill.backup { copy += $0 }
        #expect(copy.count == backup.byteCount)
        #expect(backup.revision >= revision)
        revision = backup.revision
        try writeFile(file, copy)
        let next = try await restored()
        let client = try await connectLibrary(to: next.socket)
        let pairs: [(Query, Query)] = [("r0", "r299"), ("r300", "r599")]
        for (one, other) in pairs {
          #expect(try await client.get(one)?["n"] == client.get(other)?["n"])
        }
        #expect(try await client.count("_") == 600)
        #expect(try await client.revisioned(.get("r0")).revision <= revision)
        _ = await next.stop()
        _ = try await run("rm", ["-r", state])
      }
    }
  }

  /// A client that asks for backups without end does not have the state written each time.
  @Test func backupOfAnUnchangedServerIsTheBaseThatIsThere() async throws {
    let server = try await Octopusd()
    func bases() async throws -> [String] {
      try await run("ls", [server.directory]).lines.filter { $0.hasPrefix("base.") }
    }
    #expect(try await server.octopus("set", "a").status == .init(code: 0))
    let first = try await server.octopus("backup", "-").output
    let names = try await bases()
    #expect(try await server.octopus("backup", "-").output == first)
    #expect(try await bases() == names)
    // A counter is a change, too.
    let client = try server.connect()
    await client.send("MULTI\r\nSETSEQ b_\r\nDEL b_0\r\nEXEC\r\nECHO end\r\n")
    try await client.receive(through: "$3\r\nend\r\n")
    #expect(try await server.octopus("backup", "-").output.contains("next 1 b_"))
    #expect(try await bases() != names)
  }

  /// The space of a removed file is free only when nobody has it open.
  @Test func filesBeforeABaseAreClosedWhenABackupWasRead() async throws {
    let server = try await Octopusd()
    for number in 0..<4 {
      #expect(try await server.octopus("set", "a { n: \(number) }").status == .init(code: 0))
      #expect(try await server.octopus("backup", file).status == .init(code: 0))
    }
    let open = try await run("ls", ["-l", "/proc/\(server.running.process.id)/fd"]).lines
    #expect(open.contains { $0.hasSuffix("/revision.lock") })
    #expect(!open.contains { $0.hasSuffix(" (deleted)") }, "\(open)")
  }

  @Test func backupWithoutJournalIsRefused() async throws {
    let server = try await Octopusd(["--journal", "off"])
    let outcome = try await server.octopus("backup", file)
    #expect(outcome.status == .init(code: 2))
    #expect(outcome.errors.contains("there is no journal"))
    #expect(access(file, F_OK) != 0 && access(file + ".new", F_OK) != 0)
  }

  @Test func backupReplacesAnOlderFileAndNothingElse() async throws {
    let server = try await Octopusd()
    #expect(try await server.octopus("set", "a").status == .init(code: 0))
    try writeFile(file, Array("older".utf8))
    #expect(try await server.octopus("backup", file).status == .init(code: 0))
    #expect(try await octopusd("check", file).status == .init(code: 0))
    let link = directory.path + "/link"
    _ = try await run("ln", ["-s", file, link])
    for path in ["/dev/null", directory.path, link, directory.path + "/none/backup"] {
      #expect(try await server.octopus("backup", path).status == .init(code: 2), "\(path)")
    }
    let printed = try await server.octopus("backup", "-")
    #expect(printed.output.hasPrefix("octopus-journal format=1 "))
  }

  @Test func restoringRefusesADirectoryThatIsInUseOrHasAJournal() async throws {
    let server = try await Octopusd(["--state-dir", state])
    #expect(try await server.octopus("set", "a").status == .init(code: 0))
    #expect(try await server.octopus("backup", file).status == .init(code: 0))
    let inUse = try await octopusd("restore", file, state)
    #expect(inUse.status == .init(code: 2) && inUse.errors.contains("uses the state directory"))
    _ = await server.stop()
    let mark = try await run("cat", [state + "/revision"]).output
    let hasJournal = try await octopusd("restore", file, state)
    #expect(hasJournal.status == .init(code: 2))
    #expect(hasJournal.errors.contains("has a journal already"))
    #expect(try await run("cat", [state + "/revision"]).output == mark)
    #expect(try await Octopusd(["--state-dir", state]).octopus("names", "_").lines == ["a"])
  }

  @Test func filesThatAreNoBackupAreRefused() async throws {
    for path in ["/dev/null", directory.path, directory.path + "/none"] {
      #expect(try await octopusd("restore", path, state).status == .init(code: 2), "\(path)")
    }
    for text in ["", "octopus-journal format=2 store=1 crc=00000000\n", "\n"] {
      try writeFile(file, Array(text.utf8))
      #expect(try await octopusd("restore", file, state).status == .init(code: 2), "\(text)")
      #expect(try await octopusd("check", file).status == .init(code: 2), "\(text)")
    }
    #expect(access(state, F_OK) != 0)
  }

  /// The space of each backup that is being read is kept: only a few can be.
  @Test func backupsThatAreNotReadToTheirEndAreFew() async throws {
    let server = try await Octopusd()
    let clients = try (0..<3).map { _ in try server.connect() }
    try await clients[0].ask(
      "BACKUP OFFSET 0\r\n",
      "-ERR no backup is open on this connection: begin one with BACKUP\r\n")
    for client in clients[..<2] {
      await client.send("BACKUP\r\n")
      try await client.receive(through: "$5\r\nbytes\r\n:\(Self.emptyBytes)\r\n")
      // Another one takes the place of the first.
      await client.send("BACKUP\r\n")
      try await client.receive(through: "$5\r\nbytes\r\n:\(Self.emptyBytes)\r\n")
    }
    await clients[2].send("BACKUP\r\n")
    try await clients[2].receive(through: "-LIMIT 2 backups are being read: try again later\r\n")
    // Read to its end, or given up with the session.
    try await clients[0].ask("BACKUP OFFSET \(Self.emptyBytes - 1)\r\n", "$1\r\n\n\r\n")
    await clients[2].send("BACKUP\r\n")
    try await clients[2].receive(through: "$5\r\nbytes\r\n")
    try await clients[1].ask("RESET\r\n", "+RESET\r\n")
    await clients[0].send("BACKUP\r\n")
    try await clients[0].receive(through: "$5\r\nbytes\r\n")
  }

  /// Of a backup without records: a header and the end of the state.
  private static let emptyBytes = 112 + 32 + 8
}

private func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard number >= 0 else { throw Failure("cannot open \(path)") }
  defer { close(number) }
  guard write(number, bytes, bytes.count) == bytes.count else {
    throw Failure("cannot write \(path)")
  }
}
