import Glibc
import Testing

/// Clients that are killed or stopped at any moment.
@Suite struct ClientDeathTests {
  @Test func killedClientsTransientRecordsAreDeletedAtOnce() async throws {
    let server = try await Octopusd()
    let watcher = try server.connect()
    try await watcher.ask("PSUBSCRIBE _\r\n", "*3\r\n$10\r\npsubscribe\r\n$1\r\n_\r\n:1\r\n")
    try await watcher.expect(pmessage("synced", "0"))

    let doomed = try server.startRedisCLI([])
    doomed.input.write("SET service TRANSIENT\nSETSEQ worker_ TRANSIENT\nSET kept\nWAITFOR never\n")
    for record in ["service {}", "worker_0 {}", "kept {}"] {
      try await watcher.expect(pmessage("set", record))
    }
    try await server.wait(for: "waits") { $0 == 1 }
    doomed.process.kill(SIGKILL)
    // In the order of their creation.
    try await watcher.expect(pmessage("del", "service {}"))
    try await watcher.expect(pmessage("del", "worker_0 {}"))
    #expect(try await server.redisCLI("FIND", "_").output == "kept {}\n")
    #expect(try await server.figure("waits") == 0)
  }

  @Test func killedClientEndsAWaitForItsRecord() async throws {
    let server = try await Octopusd()
    let doomed = try server.startRedisCLI([])
    doomed.input.write("SET service TRANSIENT\n")
    try await doomed.prints("OK")
    let waiter = try server.connect()
    await waiter.send("WAITFOR service GONE\r\n")
    try await server.wait(for: "waits") { $0 == 1 }
    doomed.process.kill(SIGKILL)
    try await waiter.expect("+OK\r\n")
  }

  @Test func closedConnectionsQueuedCommandsAreDropped() async throws {
    let server = try await Octopusd()
    do {
      let doomed = try server.connect()
      try await doomed.ask(
        "MULTI\r\nSET a\r\nSET b\r\n", "+OK\r\n+QUEUED\r\n+QUEUED\r\n")
    }
    try await server.wait(for: "connected_clients") { $0 == 1 }
    #expect(try await server.figure("records") == 0)
  }

  /// Nothing of a killed client remains, whatever it was doing.
  @Test(arguments: [1, 3]) func clientsKilledDuringAnyCommandLeaveNothing(loops: Int) async throws {
    let server = try await Octopusd(["--loops", "\(loops)"])
    let watcher = try server.connect()
    await watcher.send("HELLO 3\r\nOBSERVE _\r\n")
    // Its events are read all the while, and checked in the end.
    async let seen = watcher.receive(through: "last {}\r\n:0\r\n")
    for round in 0..<4 {
      let revision = try await server.figure("revision")
      let doomed = try (0..<4).map { number in
        try RunningProgram(
          repository + "/.venv/bin/python", [sourceDirectory + "/Python/busy.py", "\(number)"],
          environment: ["OCTOPUS_SOCKET": server.socket])
      }
      // Each at another moment: after the changes that are expected in the end, at least.
      for (number, one) in doomed.enumerated() {
        try await server.wait(for: "revision") { $0 > revision + 60 + 29 * (number + round) }
        one.process.kill(SIGKILL)
        #expect(await one.process.wait() == .init(signal: SIGKILL))
      }
    }
    try await server.wait(for: "connected_clients") { $0 == 2 }
    for (name, expected) in [
      ("records", 0), ("transient_records", 0), ("triggers", 1), ("subscriptions", 0),
      ("waits", 0), ("sessions", 2), ("overflowed_connections", 0),
    ] { #expect(try await server.figure(name) == expected, "\(name)") }
    try await server.connect().ask("SET last\r\n", "+OK\r\n")
    // The watcher saw each revision once, and the deletion of every record that was set.
    let lines = try await seen.components(separatedBy: "\r\n")
    var revision = 0
    var there: Set<Substring> = []
    for (place, kind) in lines.enumerated() where kind == "set" || kind == "del" {
      revision += 1
      #expect(lines[place + 1] == ":\(revision)")
      let name = lines[place + 3].prefix { $0 != " " }
      if kind == "set" { there.insert(name) } else { #expect(there.remove(name) != nil) }
    }
    #expect(there == ["last"] && revision > 4 * 147, "\(revision): \(there)")
  }

  /// A subscriber that is killed during events has seen all of them up to some moment. The writer
  /// goes on, and another subscriber misses nothing.
  @Test(arguments: [1, 3]) func killedSubscriberSawAPrefixOfTheEvents(loops: Int) async throws {
    let server = try await Octopusd(["--loops", "\(loops)"])
    let (admin, writer) = (try server.connect(), try server.connect())
    let events = (0..<400).map { pmessage("set", "c { n: \($0) }") }
    for round in 0..<10 {
      let (doomed, other) = (try await watcher(of: server), try await watcher(of: server))
      async let written = writer.receive(400 * 5)
      await writer.send((0..<400).map { "SET 'c { n: \($0) }'\r\n" }.joined())
      let place = 1 + round * 37
      let beginning = try await doomed.client.receive(through: events[place])
      try await admin.ask("CLIENT KILL ID \(doomed.id)\r\n", ":1\r\n")
      let heard = beginning + (try await doomed.client.receiveToEnd())
      #expect(events.joined().hasPrefix(heard), "round \(round)")
      #expect(try await written == String(repeating: "+OK\r\n", count: 400))
      try await other.client.expect(events.joined())
      #expect(try await server.figure("triggers") == 1)
      try await admin.ask("CLIENT KILL ID \(other.id)\r\n", ":1\r\n")
    }
    #expect(try await server.figure("triggers") == 0)
    #expect(try await server.figure("sessions") == 3)
  }

  /// A subscriber that has received the existing records, and its id.
  private func watcher(of server: Octopusd) async throws -> (client: RawClient, id: Int) {
    let client = try server.connect()
    await client.send("CLIENT ID\r\n")
    let id = Int(try await client.receive(through: "\r\n").filter(\.isNumber))
    await client.send("PSUBSCRIBE _\r\n")
    try await client.receive(
      through: pmessage("synced", "\(try await server.figure("revision"))"))
    return (client, try #require(id))
  }

  /// A subscriber that stops reading delays neither the publisher nor other subscribers, and misses
  /// nothing.
  @Test func stoppedSubscriberDelaysNobodyAndMissesNothing() async throws {
    let server = try await Octopusd()
    let stopped = try await server.listen(["SUBSCRIBE", "tick"])
    try await stopped.prints("\"subscribe\",\"tick\",1")
    let quick = try server.connect()
    try await quick.ask("SUBSCRIBE tick\r\n", "*3\r\n$9\r\nsubscribe\r\n$4\r\ntick\r\n:1\r\n")
    stopped.process.kill(SIGSTOP)

    let publisher = try server.connect()
    // More than the sockets' buffers hold.
    let text = String(repeating: "x", count: 4_000)
    let count = 500
    for number in 0..<count {
      let record = "tick { n: \(number), t: '\(text)' }"
      try await publisher.ask("PUBLISH \"\(record)\"\r\n", ":2\r\n")
      try await quick.expect(
        "*3\r\n$7\r\nmessage\r\n$4\r\ntick\r\n$\(record.utf8.count)\r\n\(record)\r\n")
    }
    stopped.process.kill(SIGCONT)
    for number in 0..<count {
      try await stopped.prints("\"message\",\"tick\",\"tick { n: \(number), t: '\(text)' }\"")
    }
  }

  private func pmessage(_ kind: String, _ record: String) -> String {
    "*4\r\n$8\r\npmessage\r\n$1\r\n_\r\n$\(kind.utf8.count)\r\n\(kind)\r\n"
      + "$\(record.utf8.count)\r\n\(record)\r\n"
  }
}
