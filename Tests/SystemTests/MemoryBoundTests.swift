import Testing

/// Clients leave much unread or unfinished: octopusd occupies little more than its memory limit. It
/// closes those that hold most, with an error, and serves the others.
@Suite struct MemoryBoundTests {
  private static let limit = 64 << 20
  private static let megabyte = String(repeating: "x", count: 1_000_000)

  private func start(_ arguments: String...) async throws -> Octopusd {
    try await Octopusd(["--max-memory", "64mb"] + arguments)
  }

  /// Half as much again as the limit, and what the program and one request may take besides.
  private func expectBounded(
    _ server: Octopusd, with clients: [RawClient], evicts: Bool = true
  ) async throws {
    let peak = try await server.figure("used_memory_rss_peak")
    print(
      "resident at most: \(peak >> 20) MiB, evicted: \(try await server.figure("evicted_clients"))")
    expect(bytes: peak, below: Self.limit * 3 / 2 + 32 << 20)
    #expect(evicts == (try await server.figure("evicted_clients") > 0))
    try await server.connect().ask("SET after\r\nGET after\r\n", "+OK\r\n$8\r\nafter {}\r\n")
    withExtendedLifetime(clients) {}
  }

  private static let reason =
    "-OVERFLOW the memory limit is reached, and this client held most: the session has ended\r\n"

  @Test func unreadRepliesOfDeletedRecordsAreBounded() async throws {
    let server = try await start()
    let writer = try server.connect()
    var readers: [RawClient] = []
    for _ in 0..<6 {
      for number in 0..<40 {
        try await writer.ask(framed("SET", "r\(number) { t: '\(Self.megabyte)' }"), "+OK\r\n")
      }
      let reader = try server.connect()
      await reader.send("FIND _\r\n")
      #expect(try await reader.receive(1) == "*")
      readers.append(reader)
      try await writer.ask("DEL _ ALL\r\n", ":40\r\n")
    }
    try await expectBounded(server, with: readers)
  }

  /// A large answer about what is stored is nobody's backlog.
  @Test func slowReaderOfMostOfTheStoreIsServed() async throws {
    let server = try await start()
    let writer = try server.connect()
    for number in 0..<50 {
      try await writer.ask(framed("SET", "r\(number) { t: '\(Self.megabyte)' }"), "+OK\r\n")
    }
    let readers = try (0..<4).map { _ in try server.connect() }
    for reader in readers {
      await reader.send("FIND _\r\n")
      #expect(try await reader.receive(1) == "*")
    }
    try await writer.ask("SET one\r\n", "+OK\r\n")
    for reader in readers {
      await reader.send("QUIT\r\n")
      #expect(try await reader.receiveToEnd().hasSuffix("\r\n+OK\r\n"))
    }
    #expect(try await server.figure("evicted_clients") == 0)
  }

  @Test func unreadMessagesAreBounded() async throws {
    let server = try await start()
    let publisher = try server.connect()
    let silent = try (0..<8).map { _ in try server.connect() }
    for (number, client) in silent.enumerated() {
      await client.send("SUBSCRIBE c\(number)\r\n")
      try await client.receive(through: ":1\r\n")
      for _ in 0..<25 {
        await publisher.send(framed("PUBLISH", "c\(number) { t: '\(Self.megabyte)' }"))
        try await publisher.receive(through: "\r\n")
      }
    }
    try await expectBounded(server, with: silent)
  }

  @Test func closedClientReadsTheReason() async throws {
    let server = try await start()
    let publisher = try server.connect()
    let silent = try server.connect()
    try await silent.ask("SUBSCRIBE c\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
    let hoarder = try server.connect()
    for number in 0..<40 {
      try await hoarder.ask(framed("SET", "r\(number) { t: '\(Self.megabyte)' }"), "+OK\r\n")
    }
    for _ in 0..<31 {
      await publisher.send(framed("PUBLISH", "c { t: '\(Self.megabyte)' }"))
      guard try await publisher.receive(through: "\r\n") == ":1\r\n" else { break }
    }
    #expect(try await silent.receiveToEnd().hasSuffix("\r\n" + Self.reason))
    #expect(try await server.figure("evicted_clients") == 1)
    #expect(try await server.figure("records") == 40)
  }

  @Test func queuedTransactionsAreBounded() async throws {
    let server = try await start()
    let command = "EXISTS" + String(repeating: " a", count: 1_023) + "\r\n"
    let clients = try (0..<4).map { _ in try server.connect() }
    for client in clients {
      await client.send("MULTI\r\n" + String(repeating: command, count: 280))
      #expect(try await client.receive(5 + 280 * 9).hasSuffix("+QUEUED\r\n"))
    }
    try await expectBounded(server, with: clients)
  }

  @Test func incompleteRequestsAreBounded() async throws {
    let server = try await start()
    let start =
      "*5\r\n$3\r\nSET\r\n"
      + String(
        repeating: "$2000000\r\n" + Self.megabyte + Self.megabyte + "\r\n", count: 3)
    let clients = try (0..<30).map { _ in try server.connect() }
    for client in clients { await client.send(start) }
    try await expectBounded(server, with: clients)
  }

  @Test func transactionThatKeepsManyStatesOfARecordIsBounded() async throws {
    let server = try await start()
    let client = try server.connect()
    try await client.ask(framed("SET", "big { n: 0, t: '\(Self.megabyte)' }"), "+OK\r\n")
    let update = framed("UPDATE", "big {}", "ADD", "n", "1")
    await client.send("MULTI\r\n" + String(repeating: update, count: 3_000) + "EXEC\r\n")
    try await client.receive(through: "-LIMIT command ")
    try await expectBounded(server, with: [client], evicts: false)
  }

  /// Each deletion has an event for each trigger of each session, and nobody reads them.
  @Test func eventsOfADeletionForManyTriggersAreBounded() async throws {
    let server = try await start()
    let writer = try server.connect()
    let text = String(repeating: "x", count: 1_000)
    for number in 0..<2_000 {
      try await writer.ask(framed("SET", "r\(number) { t: '\(text)' }"), "+OK\r\n")
    }
    let silent = try (0..<20).map { _ in try server.connect() }
    for client in silent {
      let trigger = framed("GET", "r'^r'", "TRIGGER", "DEL", "PERSIST")
      await client.send(
        "HELLO 3\r\n" + String(repeating: trigger, count: 9) + "ECHO ready\r\n")
      try await client.receive(through: "\r\nready\r\n")
    }
    try await writer.ask(framed("DEL", "r'^r'", "ALL"), ":2000\r\n")
    try await expectBounded(server, with: silent)
  }

  /// The automata of their sets are built while a text is searched.
  @Test func regularExpressionsOfManySubscriptionsAreBounded() async throws {
    let server = try await start()
    let subscribers = try (0..<10).map { _ in try server.connect() }
    for (client, subscriber) in subscribers.enumerated() {
      let requests = (0..<200).map { framed("SUBSCRIBE", "_ { t: r'a[a-z]+\(client)x\($0)y' }") }
      await subscriber.send("HELLO 3\r\n" + requests.joined() + "ECHO ready\r\n")
      try await subscriber.receive(through: "\r\nready\r\n")
    }
    let publisher = try server.connect()
    let letters = String(repeating: "abcdefghijklmnopqrstuvwxyz", count: 120)
    for number in 0..<20 {
      try await publisher.ask(framed("PUBLISH", "m { t: '\(letters)\(number)' }"), ":0\r\n")
    }
    try await expectBounded(server, with: subscribers, evicts: false)
  }

  /// A loop that is busy takes no messages for its sessions from another loop.
  @Test func messagesToABusyLoopAreBounded() async throws {
    let server = try await start("--loops", "2")
    let clients = try (0..<4).map { _ in try server.connect() }
    // They belong to the two loops in turn.
    let (silent, publisher, busy) = (clients[0], clients[1], clients[2])
    await silent.send("SUBSCRIBE c\r\n")
    try await silent.receive(through: ":1\r\n")
    let pattern = "COUNT \"a { t: r'\\\\pL{12}a', u: r'\\\\pL{12}b', v: r'\\\\pL{12}c' }\"\r\n"
    await busy.send(String(repeating: pattern, count: 100))
    for _ in 0..<150 {
      await publisher.send(framed("PUBLISH", "c { t: '\(Self.megabyte)' }"))
      try await publisher.receive(through: "\r\n")
    }
    let peak = try await server.figure("used_memory_rss_peak")
    expect(bytes: peak, below: Self.limit * 3 / 2 + 32 << 20)
  }
}
