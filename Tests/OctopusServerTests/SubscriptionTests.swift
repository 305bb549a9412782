import OctopusEngine
import OctopusRecords
import RESP
import ServerSupport
import Testing

@testable import OctopusServer

/// Publish/subscribe and events, as one connection sees them.
@Suite struct SubscriptionTests {
  private let desk = Desk()

  @Test func overRESP2ASubscriberCanSayLittleElse() {
    let client = desk.connect()
    #expect(
      desk.exchange(request("SUBSCRIBE", "x"), on: client)
        == "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n")
    for command in ["GET x", "SET x", "MULTI", "INFO", "HELLO 3", "CLIENT LIST"] {
      let answer = desk.exchange(command + "\r\n", on: client)
      #expect(answer.hasPrefix("-ERR Can't execute '"), "\(command)")
    }
    #expect(desk.exchange("PING\r\n", on: client) == "*2\r\n$4\r\npong\r\n$0\r\n\r\n")
    #expect(desk.exchange("PING hi\r\n", on: client) == "*2\r\n$4\r\npong\r\n$2\r\nhi\r\n")
    desk.send(request("UNSUBSCRIBE", "x"), to: client)
    _ = desk.read(client)
    #expect(desk.exchange("PING\r\n", on: client) == "+PONG\r\n")
  }

  @Test func overRESP3ItCanSayAnything() {
    let client = desk.connect()
    desk.send(request("HELLO", "3") + request("SUBSCRIBE", "x"), to: client)
    _ = desk.read(client)
    #expect(desk.exchange("PING\r\nSET a\r\n", on: client) == "+PONG\r\n+OK\r\n")
  }

  @Test func bothKindsAreCounted() {
    let client = desk.connect()
    desk.send(request("SUBSCRIBE", "x", "y") + request("PSUBSCRIBE", "z"), to: client)
    #expect(desk[client].subscriptions == 2)
    #expect(desk[client].patternSubscriptions == 1)
    desk.send(request("UNSUBSCRIBE"), to: client)
    #expect(desk[client].subscriptions == 0)
    #expect(desk[client].patternSubscriptions == 1)
  }

  @Test func eventsNeedAWayToTheClient() {
    let client = desk.connect()
    #expect(desk.exchange(request("OBSERVE", "_"), on: client).hasPrefix("-NOBINDING "))
    #expect(
      desk.exchange(request("GET", "x", "TRIGGER", "SET"), on: client).hasPrefix("-NOBINDING "))
    desk.send(request("HELLO", "3"), to: client)
    _ = desk.read(client)
    #expect(desk.exchange(request("OBSERVE", "_"), on: client).hasPrefix("*3\r\n:1\r\n"))
    #expect(desk.exchange(request("HELLO", "2"), on: client).hasPrefix("-ERR "))
    #expect(desk.exchange(request("RESET"), on: client) == "+RESET\r\n")
    #expect(desk.exchange(request("PING"), on: client) == "+PONG\r\n")
  }

  @Test func resetEndsTheSession() {
    let client = desk.connect()
    let other = desk.connect()
    desk.send(request("SET", "mine", "TRANSIENT") + request("SUBSCRIBE", "x"), to: client)
    #expect(desk.exchange(request("EXISTS", "mine"), on: other) == ":1\r\n")
    _ = desk.read(client)
    desk.send(request("RESET"), to: client)
    #expect(desk.exchange(request("EXISTS", "mine"), on: other) == ":0\r\n")
    #expect(desk.exchange(request("PUBLISH", "x {}"), on: other) == ":0\r\n")
    #expect(desk.exchange(request("GET", "mine"), on: client) == "+RESET\r\n$-1\r\n")
  }
}

/// Commands that wait.
@Suite struct BlockingTests {
  private let desk = Desk()

  @Test func whatIsBehindAWaitIsDoneAfterIt() {
    let client = desk.connect()
    let other = desk.connect()
    desk.send(request("WAITFOR", "x") + request("SET", "after") + request("PING"), to: client)
    #expect(desk[client].isBlocked)
    #expect(desk.read(client) == "")
    #expect(desk.exchange(request("EXISTS", "after"), on: other) == ":0\r\n")
    #expect(desk.exchange(request("SET", "x"), on: other) == "+OK\r\n")
    #expect(desk.read(client) == "$4\r\nx {}\r\n+OK\r\n+PONG\r\n")
    #expect(!desk[client].isBlocked)
  }

  @Test func eventsFlowMeanwhile() {
    let client = desk.connect()
    let other = desk.connect()
    desk.send(
      request("HELLO", "3") + request("OBSERVE", "seen") + request("WAITFOR", "x"), to: client)
    _ = desk.read(client)
    desk.send(request("SET", "seen"), to: other)
    #expect(desk.read(client).hasPrefix(">6\r\n$7\r\ntrigger\r\n"))
  }

  @Test func aWaitHasALimit() {
    let client = desk.connect()
    desk.send(request("WAITFOR", "x", "TIMEOUT", "50") + request("PING"), to: client)
    desk.pass(milliseconds: 49)
    #expect(desk.read(client) == "")
    desk.pass(milliseconds: 1)
    #expect(desk.read(client) == "$-1\r\n+PONG\r\n")
    #expect(desk.exchange(request("WAITFOR", "x", "TIMEOUT", "0"), on: client) == "$-1\r\n")
  }

  @Test func whoDiesWaitsNoMore() {
    let client = desk.connect()
    let other = desk.connect()
    desk.send(request("WAITFOR", "x") + request("SET", "after"), to: client)
    desk.end(client)
    #expect(desk.exchange(request("SET", "x"), on: other) == "+OK\r\n")
    #expect(desk.exchange(request("EXISTS", "after"), on: other) == ":0\r\n")
  }
}
