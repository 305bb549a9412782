import Generators
import Glibc
import Octopus
import OctopusSystem
import Testing

/// A thousand holders contend for one lock, shared and exclusive: tasks that share connections, and
/// processes in Python; some are cancelled, some slow, some closed or killed while they wait or
/// hold.
///
/// An observer sees every member come and go. From that a reference model derives the holder at
/// each revision, and each holder has noted a revision at which it held the lock. Besides, an
/// exclusive holder sets a record that must not be there, and deletes it.
@Suite struct ContentionTests {
  /// Let in with this token, through this member, and inside at this revision.
  private struct Grant: Hashable {
    var token: Int64
    var member: Int
    var revision: Int64
    var isShared: Bool
  }

  @Test(.timeLimit(.minutes(10)), arguments: [1, 2])
  func thousandHoldersAreServedOneAfterTheOther(loops: Int) async throws {
    let seed = Random().seed
    let server = try await Octopusd(["--loops", "\(loops)"])
    let watcher = try await connectLibrary(to: server.socket, bufferLimit: 1 << 20)
    let observation = try await watcher.observe("_ { lock: 'L' }")
    let processes = try (0..<20).map { number in
      try RunningProgram(
        repository + "/.venv/bin/python",
        [
          sourceDirectory + "/Python/contenders.py", "L", "20", "3",
          "\(seed % 10_000 + UInt64(number))",
        ],
        environment: server.environment)
    }
    let history = Task {
      var history: [OctopusClient.Change] = []
      var doomed = processes.prefix(8)
      for try await change in observation.changes {
        if change.record["last"] != nil { break }
        history.append(change)
        if history.count % 200 == 0 { doomed.popFirst()?.process.kill(SIGKILL) }
      }
      return history
    }
    async let printed = outcomes(of: processes)
    let mine = try await contend(server, seed)
    var grants = mine
    for (number, outcome) in await printed.enumerated() {
      #expect(outcome.status == Process.Status(code: 0) || number < 8, "\(outcome.errors)")
      #expect(outcome.errors == "", "seed \(seed)")
      grants += outcome.lines.compactMap(Self.grant)
    }
    // Nobody waits for the dead, and nothing of them is left.
    try await watcher.waitFor(gone: "_ { lock: 'L' }")
    let last = try await watcher.setSequential("L_ { lock: 'L', last: true }", transient: true)
    #expect(last.hasPrefix("L_"))
    try check(grants, try await history.value, "seed \(seed)")
    #expect(grants.count > 1_000)
  }

  private func outcomes(of programs: [RunningProgram]) async -> [Outcome] {
    await withTaskGroup(of: (Int, Outcome).self) { group in
      for (number, program) in programs.enumerated() {
        group.addTask { (number, await program.outcome()) }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private static func grant(_ line: String) -> Grant? {
    let words = line.split(separator: " ")
    // The last line of one that was killed may be cut off.
    guard words.count == 4, let token = Int64(words[0]), let member = Int(words[1].dropFirst(2)),
      let revision = Int64(words[2])
    else { return nil }
    return Grant(token: token, member: member, revision: revision, isShared: words[3] == "1")
  }

  // MARK: Contending

  private func contend(_ server: Octopusd, _ seed: UInt64) async throws -> [Grant] {
    try await withThrowingTaskGroup(of: [Grant].self) { group in
      for number in 0..<100 {
        let client = try await connectLibrary(to: server.socket)
        for task in 0..<6 {
          let random = Random(seed: seed &+ UInt64(number * 6 + task))
          group.addTask { try await contend(client, server, random) }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  private func contend(
    _ client: OctopusClient, _ server: Octopusd, _ random: Random
  ) async throws -> [Grant] {
    var random = random
    var grants: [Grant] = []
    for _ in 0..<3 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: try await beCancelled(client, after: Int.random(in: 0..<5, using: &random))
      case 1: try await beLost(server, after: Int.random(in: 0..<5, using: &random))
      case 2...4: grants.append(try await share(client))
      default: grants.append(try await beAlone(client))
      }
    }
    return grants
  }

  private func beAlone(_ client: OctopusClient) async throws -> Grant {
    try await client.withLock("L") { lock in
      let set = try await client.revisioned(.set("guard", only: .absent, transient: true))
      #expect(set.value, "\(lock.member) is not alone")
      #expect(try await client.delete("guard") == 1)
      return Grant(
        token: lock.token, member: try number(lock.member), revision: set.revision, isShared: false)
    }
  }

  private func share(_ client: OctopusClient) async throws -> Grant {
    try await client.withLock("L", shared: true) { lock in
      let found = try await client.revisioned(.exists("guard"))
      #expect(!found.value, "\(lock.member) shares, while somebody is alone inside")
      return Grant(
        token: lock.token, member: try number(lock.member), revision: found.revision,
        isShared: true)
    }
  }

  private func beCancelled(_ client: OctopusClient, after pings: Int) async throws {
    let task = Task {
      try await client.withLock("L") { _ in _ = try await client.waitFor("never") }
    }
    for _ in 0..<pings { try await client.ping() }
    task.cancel()
    let result = await task.result
    #expect(throws: OctopusError.cancelled) { try result.get() }
  }

  private func beLost(_ server: Octopusd, after pings: Int) async throws {
    let client = try await connectLibrary(to: server.socket)
    let task = Task {
      try await client.withLock("L") { _ in _ = try await client.waitFor("never") }
    }
    for _ in 0..<pings { try await client.ping() }
    client.close()
    let result = await task.result
    #expect(throws: OctopusError.self) { try result.get() }
  }

  private func number(_ member: String) throws -> Int { try #require(Int(member.dropFirst(2))) }

  // MARK: Checking

  /// The naive lock: all members in the order of their numbers, looked at from the start every
  /// time.
  private func check(
    _ grants: [Grant], _ history: [OctopusClient.Change], _ comment: Comment
  ) throws {
    var members: [(number: Int, isShared: Bool)] = []
    var came: [Int: Int64] = [:]
    var held: [Int: Range<Int64>] = [:]
    var lastRevision: Int64 = 0
    for change in history {
      #expect(change.revision > lastRevision, comment)
      lastRevision = change.revision
      let number = try number(change.record.name)
      if change.isPresent {
        #expect(came[number] == nil && number > members.last?.number ?? -1, comment)
        came[number] = change.revision
        members.append((number, change.record["mode"]?.text == "shared"))
      } else {
        members.removeAll { $0.number == number }
        if let start = held[number]?.lowerBound { held[number] = start..<change.revision }
      }
      for (place, member) in members.enumerated() {
        guard place == 0 || member.isShared && members[..<place].allSatisfy(\.isShared) else {
          break
        }
        if held[member.number] == nil { held[member.number] = change.revision..<Int64.max }
      }
    }
    #expect(members.isEmpty, comment)
    #expect(
      Set(grants.map(\.member)).count == grants.count, "let in twice",
      sourceLocation: #_sourceLocation)
    for grant in grants {
      #expect(came[grant.member] == grant.token, "\(grant), \(comment)")
      #expect(
        held[grant.member]?.contains(grant.revision) ?? false,
        "\(grant) was not its turn, \(comment)")
    }
    let tokens = grants.sorted { $0.member < $1.member }.map(\.token)
    #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0 < $1 }, comment)
  }
}
