import OctopusSystem
import TestSupport
import Testing

import struct Synchronization.Atomic

@testable import OctopusServer

/// A session of two connections: requests on one, events on the other, over RESP2. With three event
/// loops the second connection comes in on another than the first, and has to move.
@Suite(.serialized) struct BindingTests {
  /// A session with both of its connections.
  private func bound(
    _ server: TemporaryServer
  ) throws -> (requests: RESPClient, events: RESPClient, id: String) {
    let (requests, events) = (try server.connect(), try server.connect())
    let id = try requests.call("CLIENT", "ID")
    #expect(try events.call("BIND", id) == "OK")
    return (requests, events, id)
  }

  @Test(arguments: [1, 3]) func boundSessionReceivesEventsOnTheEventConnection(loops: Int)
    async throws
  {
    try await withServer(loops: loops) { server in
      let (requests, events, _) = try bound(server)
      #expect(try requests.call("OBSERVE", "_") == "[1, 0, []]")
      for n in 0..<100 {
        #expect(try requests.call("SET", "n { value: \(n) }") == "OK")
        // It is there by the time that the answer is.
        #expect(events.hasInput)
        #expect(try events.nextText().hasPrefix("[trigger, 1, set, \(n + 1), n { value: \(n) }"))
      }
      #expect(try events.call("PING") == "PONG")
    }
  }

  /// QUEUED on the one connection stands before the push on the other, and that before all that is
  /// answered later.
  @Test(arguments: [1, 3]) func deferredRepliesArriveOnTheEventConnection(
    loops: Int
  ) async throws {
    try await withServer(loops: loops) { server in
      let alone = try server.connect()
      #expect(try alone.call("LOCK", "l", "DEFER", "t").hasPrefix("-NOBINDING "))
      let (requests, events, _) = try bound(server)
      for n in 0..<100 {
        #expect(try requests.call("LOCK", "l", "AS", "\(n)", "DEFER", "t\(n)") == "QUEUED")
      }
      #expect(try events.nextText() == "[deferred, t0, [1, l_0]]")
      for n in 1..<100 {
        #expect(try requests.call("UNLOCK", "l", "AS", "\(n - 1)") == "1")
        // It is there by the time that the answer is.
        #expect(events.hasInput)
        #expect(try events.nextText().hasPrefix("[deferred, t\(n), ["))
      }
      #expect(try requests.call("LOCK", "l", "DEFER", "t") == "QUEUED")
      #expect(try requests.call("CANCEL", "t") == "1")
      #expect(try events.call("PING") == "PONG")
    }
  }

  @Test(arguments: [1, 3]) func closingOneConnectionOfABoundSessionClosesBoth(loops: Int)
    async throws
  {
    try await withServer(loops: loops) { server in
      let witness = try server.connect3()
      for dies in [true, false] {
        let (requests, events, _) = try bound(server)
        try requests.call("SET", "mine", "TRANSIENT")
        #expect(try witness.call("OBSERVE", "mine").contains("mine {}"))
        let (mortal, other) = dies ? (requests, events) : (events, requests)
        mortal.close()
        #expect(try other.textToEnd() == [])
        #expect(try witness.nextText().contains("del"))
        #expect(try witness.call("RESET") == "RESET")
        #expect(try witness.call("HELLO", "3").hasPrefix("{"))
      }
    }
  }

  /// Observers on any loop are notified of the end of the former session at once.
  @Test(arguments: [1, 3]) func bindEndsTheFormerSessionAndNotifiesItsObservers(loops: Int)
    async throws
  {
    try await withServer(loops: loops) { server in
      let (requests, events) = (try server.connect(), try server.connect())
      let witnesses = try (0..<loops).map { _ in try server.connect3() }
      #expect(try events.call("SET", "mine", "TRANSIENT") == "OK")
      for witness in witnesses {
        #expect(try witness.call("OBSERVE", "mine").contains("mine {}"))
      }
      #expect(try events.call("BIND", try requests.call("CLIENT", "ID")) == "OK")
      for witness in witnesses { #expect(try witness.nextText().contains("del")) }
    }
  }

  /// A connection moves to another loop while events still come in for the session that it ends.
  @Test func bindDuringEventsEndsTheFormerSessionInOrder() async throws {
    try await withServer(loops: 3) { server in
      let isOver = Atomic(false)
      let talking = try Thread("talker") {
        guard let talker = try? server.connect() else { return }
        while !isOver.load(ordering: .relaxed) {
          for _ in 0..<16 { _ = try? talker.call("SET", "news") }
        }
      }
      defer {
        isOver.store(true, ordering: .relaxed)
        talking.join()
      }
      for _ in 0..<60 {
        let mover = try server.connect3()
        #expect(try mover.call("OBSERVE", "_").hasPrefix("["))
        let others = try (0..<3).map { _ in try server.connect() }
        let other = others[Int.random(in: 0..<3)]
        try mover.send("BIND \(try other.call("CLIENT", "ID"))\r\n")
        var answer = ">[trigger"
        while answer.hasPrefix(">[trigger") { answer = try mover.nextText() }
        #expect(answer == "OK")
        #expect(try other.call("OBSERVE", "news").hasPrefix("["))
        #expect(try mover.nextText().contains("trigger, "))
      }
    }
  }

  @Test(arguments: [1, 3]) func resetEndsTheBinding(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let (requests, events, _) = try bound(server)
      #expect(try requests.call("RESET") == "RESET")
      #expect(try events.textToEnd() == [])
      #expect(try requests.call("OBSERVE", "_").hasPrefix("-NOBINDING "))
      let (other, carrier, _) = try bound(server)
      #expect(try carrier.call("RESET") == "RESET")
      #expect(try other.textToEnd() == [])
      #expect(try carrier.call("SET", "x") == "OK")
    }
  }

  @Test(arguments: [1, 3]) func bindKeepsTheConnectionsNameAndPendingRequests(
    loops: Int
  ) async throws {
    try await withServer(loops: loops) { server in
      let (requests, events) = (try server.connect(), try server.connect())
      let (id, other) = (try requests.call("CLIENT", "ID"), try events.call("CLIENT", "ID"))
      try events.call("CLIENT", "SETNAME", "carrier")
      try events.send("PING 1\r\nBIND \(id)\r\nPING 2\r\nGET x\r\nPING 3\r\n")
      #expect(try events.nextText() == "1")
      #expect(try events.nextText() == "OK")
      #expect(try events.nextText() == "2")
      #expect(try events.nextText().hasPrefix("-ERR this connection carries the events of client"))
      #expect(try events.nextText() == "3")
      let list = try requests.call("CLIENT", "LIST", "ID", other)
      #expect(list.contains("id=\(other) ") && list.contains("name=carrier "))
      let killer = try server.connect()
      #expect(try killer.call("CLIENT", "KILL", "ID", other) == "1")
      #expect(try events.textToEnd() == [])
      #expect(try requests.textToEnd() == [])
    }
  }

  @Test(arguments: [1, 3]) func invalidBindIsRefused(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let (requests, events, id) = try bound(server)
      let late = try server.connect()
      #expect(try late.call("BIND", id).hasPrefix("-BUSY "))
      #expect(try late.call("BIND", "999999").hasPrefix("-ERR no such client"))
      let itself = try late.call("CLIENT", "ID")
      #expect(try late.call("BIND", itself).hasPrefix("-ERR no such client"))
      let modern = try server.connect3()
      let modernID = try modern.call("CLIENT", "ID")
      #expect(try late.call("BIND", modernID).hasPrefix("-ERR client"))
      // Nothing has changed for it.
      #expect(try late.call("SET", "mine", "TRANSIENT") == "OK")
      #expect(try events.call("BIND", id).hasPrefix("-ERR this connection carries"))
      // On whichever loop the other is.
      for _ in 0..<loops {
        let other = try server.connect()
        #expect(
          try requests.call("BIND", try other.call("CLIENT", "ID"))
            == "-ERR this connection has an event binding of its own")
      }
      #expect(try requests.call("PING") == "PONG")
    }
  }

  @Test func bindEndsFormerSubscriptions() async throws {
    try await withServer { server in
      let (requests, events) = (try server.connect(), try server.connect3())
      #expect(try events.call("SUBSCRIBE", "x") == ">[subscribe, x, 1]")
      let id = try requests.call("CLIENT", "ID")
      #expect(try events.call("BIND", id) == "OK")
      #expect(try requests.call("PUBLISH", "x {}") == "0")
      #expect(try requests.call("CLIENT", "LIST", "TYPE", "pubsub") == "")
    }
  }

  @Test func bindToAnotherUsersSessionIsRefused() async throws {
    try await withServer(tcpPassword: "secret") { server in
      let local = try server.connect()
      let remote = try RESPClient(tcpPort: server.tcpPort)
      let id = try local.call("CLIENT", "ID")
      #expect(try remote.call("BIND", id).hasPrefix("-NOAUTH "))
      #expect(try remote.call("AUTH", "secret") == "OK")
      #expect(try remote.call("BIND", id).hasPrefix("-NOPERM "))
      let second = try RESPClient(tcpPort: server.tcpPort)
      #expect(try second.call("AUTH", "secret") == "OK")
      let remoteID = try remote.call("CLIENT", "ID")
      #expect(try second.call("BIND", remoteID) == "OK")
    }
  }

  @Test(arguments: [1, 3]) func overflowOfABoundSessionIsReportedOnBothConnections(loops: Int)
    async throws
  {
    try await withServer(loops: loops) { server in
      let (requests, events, _) = try bound(server)
      let busy = try server.connect()
      try requests.call("OBSERVE", "_")
      try requests.call("SET", "mine", "TRANSIENT")
      let text = String(repeating: "x", count: 1_000_000)
      var count = 0
      while try busy.call("EXISTS", "mine") == "1", count < 200 {
        try busy.call("SET", "big { text: '\(text)' }")
        count += 1
      }
      #expect(count < 200)
      #expect(try events.textToEnd().last?.hasPrefix("-OVERFLOW ") == true)
      #expect(try requests.textToEnd().last?.hasPrefix("-OVERFLOW ") == true)
    }
  }
}
