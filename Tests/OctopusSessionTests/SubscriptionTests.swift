import OctopusEngine
import OctopusRecords
import RESP
import SessionSupport
import Testing

@testable import OctopusSession

/// Publish/subscribe and events, as one connection sees them.
@Suite struct SubscriptionTests {
  private let server = SessionHarness()

  @Test func resp2SubscriberMaySendFewCommands() {
    let client = server.connect()
    #expect(
      server.exchange(request("SUBSCRIBE", "x"), on: client)
        == "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n")
    for command in ["GET x", "SET x", "MULTI", "INFO", "HELLO 3", "CLIENT LIST"] {
      let answer = server.exchange(command + "\r\n", on: client)
      #expect(answer.hasPrefix("-ERR Can't execute '"), "\(command)")
    }
    #expect(server.exchange("PING\r\n", on: client) == "*2\r\n$4\r\npong\r\n$0\r\n\r\n")
    #expect(server.exchange("PING hi\r\n", on: client) == "*2\r\n$4\r\npong\r\n$2\r\nhi\r\n")
    server.send(request("UNSUBSCRIBE", "x"), to: client)
    _ = server.read(client)
    #expect(server.exchange("PING\r\n", on: client) == "+PONG\r\n")
  }

  @Test func resp3SubscriberMaySendAnyCommand() {
    let client = server.connect()
    server.send(request("HELLO", "3") + request("SUBSCRIBE", "x"), to: client)
    _ = server.read(client)
    #expect(server.exchange("PING\r\nSET a\r\n", on: client) == "+PONG\r\n+OK\r\n")
  }

  @Test func subscriptionsOfBothKindsAreCounted() {
    let client = server.connect()
    server.send(request("SUBSCRIBE", "x", "y") + request("PSUBSCRIBE", "z"), to: client)
    #expect(server[client]?.subscriptions == 2)
    #expect(server[client]?.patternSubscriptions == 1)
    server.send(request("UNSUBSCRIBE"), to: client)
    #expect(server[client]?.subscriptions == 0)
    #expect(server[client]?.patternSubscriptions == 1)
  }

  @Test func triggerOverRESP2NeedsABinding() {
    let client = server.connect()
    #expect(server.exchange(request("OBSERVE", "_"), on: client).hasPrefix("-NOBINDING "))
    #expect(
      server.exchange(request("GET", "x", "TRIGGER", "SET"), on: client).hasPrefix("-NOBINDING "))
    server.send(request("HELLO", "3"), to: client)
    _ = server.read(client)
    #expect(server.exchange(request("OBSERVE", "_"), on: client).hasPrefix("*3\r\n:1\r\n"))
    #expect(server.exchange(request("HELLO", "2"), on: client).hasPrefix("-ERR "))
    #expect(server.exchange(request("RESET"), on: client) == "+RESET\r\n")
    #expect(server.exchange(request("PING"), on: client) == "+PONG\r\n")
  }

  @Test func resetEndsTheSession() {
    let client = server.connect()
    let other = server.connect()
    server.send(request("SET", "mine", "TRANSIENT") + request("SUBSCRIBE", "x"), to: client)
    #expect(server.exchange(request("EXISTS", "mine"), on: other) == ":1\r\n")
    _ = server.read(client)
    server.send(request("RESET"), to: client)
    #expect(server.exchange(request("EXISTS", "mine"), on: other) == ":0\r\n")
    #expect(server.exchange(request("PUBLISH", "x {}"), on: other) == ":0\r\n")
    #expect(server.exchange(request("GET", "mine"), on: client) == "+RESET\r\n$-1\r\n")
  }
}

/// Commands that wait.
@Suite struct BlockingTests {
  private let server = SessionHarness()

  @Test func requestsAfterAWaitRunWhenItEnds() {
    let client = server.connect()
    let other = server.connect()
    server.send(request("WAITFOR", "x") + request("SET", "after") + request("PING"), to: client)
    #expect(server[client]?.isBlocked == true)
    #expect(server.read(client) == "")
    #expect(server.exchange(request("EXISTS", "after"), on: other) == ":0\r\n")
    #expect(server.exchange(request("SET", "x"), on: other) == "+OK\r\n")
    #expect(server.read(client) == "$4\r\nx {}\r\n+OK\r\n+PONG\r\n")
    #expect(server[client]?.isBlocked == false)
  }

  @Test func eventsArriveDuringAWait() {
    let client = server.connect()
    let other = server.connect()
    server.send(
      request("HELLO", "3") + request("OBSERVE", "seen") + request("WAITFOR", "x"), to: client)
    _ = server.read(client)
    server.send(request("SET", "seen"), to: other)
    #expect(server.read(client).hasPrefix(">6\r\n$7\r\ntrigger\r\n"))
  }

  @Test func waitEndsAtItsTimeout() {
    let client = server.connect()
    server.send(request("WAITFOR", "x", "TIMEOUT", "50") + request("PING"), to: client)
    server.advance(milliseconds: 49)
    #expect(server.read(client) == "")
    server.advance(milliseconds: 1)
    #expect(server.read(client) == "$-1\r\n+PONG\r\n")
    #expect(server.exchange(request("WAITFOR", "x", "TIMEOUT", "0"), on: client) == "$-1\r\n")
  }

  @Test func disconnectEndsTheWait() {
    let client = server.connect()
    let other = server.connect()
    server.send(request("WAITFOR", "x") + request("SET", "after"), to: client)
    server.disconnect(client)
    #expect(server.exchange(request("SET", "x"), on: other) == "+OK\r\n")
    #expect(server.exchange(request("EXISTS", "after"), on: other) == ":0\r\n")
  }
}
