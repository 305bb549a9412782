import Glibc
import Testing

/// Turns: a client that sends much at once does not hold up the others.
@Suite struct FairnessTests {
  /// The server is stopped until both clients have sent, so it finds both at the same moment.
  @Test func requestAfterALongPipelineOfAnotherClientIsServedAfterOneTurn() async throws {
    let server = try await Octopusd(["--loops", "1"])
    let (busy, other) = (try server.connect(), try server.connect())
    try await busy.ask("PING\r\n", "+PONG\r\n")
    try await other.ask("PING\r\n", "+PONG\r\n")
    server.running.process.kill(SIGSTOP)
    let count = 5_000
    await busy.send(String(repeating: "SETSEQ a_\r\n", count: count))
    await other.send("SET b REV\r\n")
    server.running.process.kill(SIGCONT)
    let reply = try await other.receive(through: "\r\n:") + other.receive(through: "\r\n")
    let revision = try #require(Int(reply.dropFirst("*2\r\n+OK\r\n:".count).dropLast()))
    #expect(revision < count)
    for number in 0..<count { try await busy.receive(through: "a_\(number)\r\n") }
  }

  /// More than the server reads ahead, and than it carries out in one turn.
  @Test func longPipelineBeforeAHalfCloseIsAnsweredWhole() async throws {
    let server = try await Octopusd(["--loops", "1"])
    let client = try server.connect()
    let count = 20_000
    await client.send(String(repeating: "DEL n\r\n", count: count))
    client.stopSending()
    #expect(try await client.receiveToEnd() == String(repeating: ":0\r\n", count: count))
  }

  @Test func requestsOfAClientThatHasClosedAreCarriedOut() async throws {
    let server = try await Octopusd(["--loops", "1"])
    let count = 5_000
    do {
      let client = try server.connect()
      await client.send(String(repeating: "SETSEQ a_\r\n", count: count))
    }
    let other = try server.connect()
    try await other.ask("WAITFOR \"r'^a_'\" COUNT \(count)\r\n", "+OK\r\n")
  }

  @Test func deletionInPartsIsAnsweredAfterAHalfClose() async throws {
    let server = try await Octopusd(["--step-budget", "1"])
    let client = try server.connect()
    for number in 0..<2_000 { await client.send("SET r\(number)\r\n") }
    await client.send("DEL _ ALL\r\n")
    client.stopSending()
    #expect(try await client.receiveToEnd().hasSuffix("OK\r\n:2000\r\n"))
  }
}
