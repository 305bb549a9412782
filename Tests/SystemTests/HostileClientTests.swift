import Testing

/// Clients that violate the protocol get an error, and others are not affected.
@Suite struct HostileClientTests {
  @Test(arguments: [
    "*99999999999\r\n", "*1048577\r\n", "*a\r\n", "*1\r\n$-1\r\n", "*1\r\n$-9\r\n",
    "*1\r\n$99999999999999999999\r\n", "*1\r\n$536870912\r\n", "*1\r\n:1\r\n",
    "*1\r\n$4\r\nPINGxx\r\n", "*2\r\n$4\r\nPING\r\n*1\r\n", "SET a '{\r\n",
  ])
  func malformedFrameEndsItsConnectionOnly(frame: String) async throws {
    let server = try await Octopusd()
    let other = try server.connect()
    try await other.ask("SET a\r\n", "+OK\r\n")
    let hostile = try server.connect()
    await hostile.send("PING\r\n" + frame)
    let answer = try await hostile.receiveToEnd()
    #expect(answer.hasPrefix("+PONG\r\n-ERR Protocol error: "), "\(answer)")
    try await other.ask("GET a\r\n", "$4\r\na {}\r\n")
    #expect(try await server.figure("records") == 1)
  }

  @Test func incompleteFrameDelaysNobody() async throws {
    let server = try await Octopusd()
    let silent = try server.connect()
    await silent.send("*2\r\n$3\r\nGET\r\n$5\r\nla")
    let inline = try server.connect()
    await inline.send("GET la")
    let other = try server.connect()
    try await other.ask("SET lamp\r\n", "+OK\r\n")
    // Both requests can still be completed.
    try await silent.ask("mpx\r\n", "$-1\r\n")
    try await inline.ask("mp\r\n", "$7\r\nlamp {}\r\n")
  }

  @Test func inlineRequestIsLimitedInLength() async throws {
    let server = try await Octopusd()
    let client = try server.connect()
    // A byte below the limit.
    let word = String(repeating: "x", count: 65_536 - 7)
    try await client.ask("ECHO \(word)\r\n", "$\(word.utf8.count)\r\n\(word)\r\n")
    await client.send("ECHO \(word)" + String(repeating: "y", count: 70_000))
    #expect(try await client.receiveToEnd() == "-ERR Protocol error: too big inline request\r\n")
  }

  @Test func recordThatIsNotUTF8IsRefused() async throws {
    let server = try await Octopusd()
    let client = try server.connect()
    await client.send(Array("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$11\r\n{ b: '".utf8) + [0xff, 0xc0])
    await client.send("' }\r\nPING\r\n")
    let answer = try await client.receive("-SYNTAX".utf8.count)
    #expect(answer == "-SYNTAX")
    await client.send("QUIT\r\n")
    #expect(try await client.receiveToEnd().hasSuffix("\r\n+PONG\r\n+OK\r\n"))
    #expect(try await server.figure("records") == 0)
  }

  @Test func closedConnectionsLeaveNoSubscriptionsOrWaits() async throws {
    let server = try await Octopusd()
    for start in ["", "PING\r\n", "*3\r\n$3\r\nSET\r\n", "SUBSCRIBE _\r\n", "WAITFOR x\r\n"] {
      let clients = try (0..<40).map { _ in try server.connect() }
      for client in clients { await client.send(start) }
    }
    try await server.wait(for: "connected_clients") { $0 == 1 }
    #expect(try await server.figure("subscriptions") == 0)
    #expect(try await server.figure("waits") == 0)
    #expect(try await server.figure("total_connections_received") > 200)
  }

  @Test func pipelinedRequestsAreAllAnswered() async throws {
    let server = try await Octopusd()
    let client = try server.connect()
    let count = 20_000
    async let answers = client.receive(count * 7)
    await client.send(String(repeating: "*1\r\n$4\r\nPING\r\n", count: count))
    #expect(try await answers == String(repeating: "+PONG\r\n", count: count))
  }
}
