import Glibc
import Testing

/// A client that does not read delays nobody, takes a bounded amount of memory, and receives an
/// error before it is closed.
@Suite struct SilentReaderTests {
  /// While 100 MB are published.
  @Test(arguments: [1, 3]) func subscriberThatDoesNotReadIsClosed(loops: Int) async throws {
    let server = try await Octopusd(["--loops", "\(loops)"])
    let quick = try server.connect()
    try await quick.ask("SUBSCRIBE tick\r\n", "*3\r\n$9\r\nsubscribe\r\n$4\r\ntick\r\n:1\r\n")
    let silent = try server.connect()
    try await silent.ask("SUBSCRIBE _\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\n_\r\n:1\r\n")
    let publisher = try server.connect()
    let before = try await peak(of: server)

    var heard: Task<String, any Error>?
    var reached = 2
    for number in 0..<1_000 {
      let record = "tick { n: \(number), t: '\(String(repeating: "x", count: 100_000))' }"
      await publisher.send(framed("PUBLISH", record))
      let answer = try await publisher.receive(through: "\r\n")
      try await quick.expect(
        "*3\r\n$7\r\nmessage\r\n$4\r\ntick\r\n$\(record.utf8.count)\r\n\(record)\r\n")
      // Two sessions receive it, until one of them is closed.
      if heard == nil, answer == ":1\r\n" {
        reached = 1
        // The server closes the connection some seconds after the error, so read it now.
        heard = Task { try await silent.receiveToEnd() }
      }
      #expect(answer == ":\(reached)\r\n", "\(number)")
    }
    let text = try await #require(heard).value
    #expect(text.hasSuffix("\r\n-OVERFLOW events were not read in time: the session has ended\r\n"))
    #expect(try await server.figure("overflowed_connections") == 1)
    #expect(try await server.figure("subscriptions") == 1)
    // Its queue, and what passed through besides.
    let growth = try await peak(of: server) - before
    print("100 MB published past a reader that does not read, \(loops) loops: \(growth) bytes")
    expect(bytes: growth, below: 64 << 20)
  }

  /// The same with events of records.
  @Test func observerThatDoesNotReadIsClosed() async throws {
    let server = try await Octopusd()
    let silent = try server.connect()
    await silent.send("HELLO 3\r\nOBSERVE _\r\n")
    try await server.wait(for: "triggers") { $0 == 1 }
    let before = try await peak(of: server)
    let writer = try server.connect()
    let text = String(repeating: "x", count: 100_000)
    for number in 0..<500 {
      try await writer.ask(framed("SET", "big { n: \(number), t: '\(text)' }"), "+OK\r\n")
    }
    try await server.wait(for: "triggers") { $0 == 0 }
    #expect(try await server.figure("overflowed_connections") == 1)
    expect(bytes: try await peak(of: server) - before, below: 64 << 20)
    try await server.wait(for: "sessions") { $0 == 2 }
    _ = try await silent.receiveToEnd()
  }

  /// A message that waits for many readers is stored once.
  @Test func unreadMessagesAreStoredOnce() async throws {
    let server = try await Octopusd()
    let silent = try (0..<50).map { _ in try server.connect() }
    for client in silent { await client.send("SUBSCRIBE _\r\n") }
    try await server.wait(for: "subscriptions") { $0 == 50 }
    let before = try await peak(of: server)
    let publisher = try server.connect()
    let text = String(repeating: "x", count: 500_000)
    for number in 0..<80 {
      await publisher.send(framed("PUBLISH", "n\(number) { t: '\(text)' }"))
      try await publisher.receive(through: "\r\n")
    }
    try await server.wait(for: "subscriptions") { $0 == 0 }
    #expect(try await server.figure("overflowed_connections") == 50)
    expect(bytes: try await peak(of: server) - before, below: 128 << 20)
    for client in silent { _ = try await client.receiveToEnd() }
  }

  /// Many triggers times many deletions in one step: the session of the triggers is closed, and the
  /// rest of its events is not even made.
  @Test func triggersThatOverflowInOneStepCloseTheirSession() async throws {
    let server = try await Octopusd()
    let (writer, greedy) = (try server.connect(), try server.connect())
    let sets = (0..<4_000).map { "SET r\($0)\r\n" }.joined()
    async let done = writer.receive(4_000 * 5)
    await writer.send(sets)
    _ = try await done
    await greedy.send("HELLO 3\r\n")
    async let installed = greedy.receive(through: "done\r\n")
    await greedy.send(
      String(repeating: "GET _ TRIGGER ANY PERSIST\r\n", count: 5_000) + "ECHO done\r\n")
    _ = try await installed
    let before = try await peak(of: server)
    try await writer.ask("DEL _ ALL\r\n", ":4000\r\n")
    #expect(try await server.figure("triggers") == 0)
    #expect(try await server.figure("overflowed_connections") == 1)
    expect(bytes: try await peak(of: server) - before, below: 200 << 20)
    _ = try await greedy.receiveToEnd()
  }

  /// A reply is rendered as it is read, and the client's later requests wait.
  @Test func unreadRepliesTakeBoundedMemory() async throws {
    let server = try await Octopusd()
    let client = try server.connect()
    let text = String(repeating: "x", count: 100_000)
    for number in 0..<100 {
      try await client.ask(framed("SET", "r\(number) { t: '\(text)' }"), "+OK\r\n")
    }
    let before = try await peak(of: server)
    let silent = try (0..<20).map { _ in try server.connect() }
    for one in silent {
      await one.send(String(repeating: "FIND _\r\n", count: 50))
    }
    // The server has begun to answer them.
    try await server.wait(for: "total_commands_processed") { $0 > 120 }
    try await client.ask("SET last\r\n", "+OK\r\n")
    expect(bytes: try await peak(of: server) - before, below: 32 << 20)
    for one in silent { _ = try await one.receive(11_000_000) }
  }

  private func peak(of server: Octopusd) async throws -> Int {
    try await server.figure("used_memory_rss_peak")
  }
}
