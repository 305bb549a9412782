import Glibc
import OctopusSystem
import SessionSupport
import TestSupport
import Testing

@testable import OctopusServer

/// The real server over real sockets, with one and with several event loops.
@Suite struct ServerTests {
  @Test(arguments: [1, 3]) func clientsShareRecordsAndMessages(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let (one, two) = (try server.connect(), try server.connect())
      #expect(try one.call("SET", "lamp", "{ on: true }") == "OK")
      #expect(try two.call("GET", "_ { on: true }") == "lamp { on: true }")
      #expect(try two.call("SUBSCRIBE", "news") == "[subscribe, news, 1]")
      #expect(try one.call("PUBLISH", "news { n: 1 }") == "1")
      #expect(try two.nextText() == "[message, news, news { n: 1 }]")
    }
  }

  /// Each session sees every change, in the same order.
  @Test(arguments: [1, 3]) func observersSeeChangesInTheSameOrder(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let watchers = try (0..<4).map { _ in try server.connect3() }
      for watcher in watchers { #expect(try watcher.call("OBSERVE", "n").hasPrefix("[")) }
      let writers = try (0..<3).map { _ in try server.connect() }
      for round in 0..<50 {
        for writer in writers { try writer.send(request("SET", "n { round: \(round) }")) }
      }
      for writer in writers { for _ in 0..<50 { #expect(try writer.nextText() == "OK") } }
      let seen = try watchers.map { watcher in
        try (0..<150).map { _ in try watcher.nextText().split(separator: ", ")[3...].joined() }
      }
      for one in seen { #expect(one == seen[0]) }
    }
  }

  @Test(arguments: [1, 3]) func eventPrecedesTheReplyThatReflectsIt(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let client = try server.connect3()
      try client.call("OBSERVE", "_")
      for n in 0..<100 {
        #expect(try client.call("SET", "n { value: \(n) }").hasPrefix(">[trigger, 1, set, "))
        #expect(try client.nextText() == "OK")
      }
    }
  }

  @Test func closedConnectionsTransientRecordsAreDeleted() async throws {
    try await withServer { server in
      let (mortal, witness) = (try server.connect(), try server.connect3())
      try mortal.call("SET", "mine", "TRANSIENT")
      #expect(try witness.call("OBSERVE", "mine").contains("mine {}"))
      mortal.close()
      #expect(try witness.nextText().contains("del"))
      #expect(try witness.call("EXISTS", "mine") == "0")
    }
  }

  @Test func closeIsNoticedDespiteAWaitAndALargeBacklog() async throws {
    try await withServer { server in
      let (mortal, witness) = (try server.connect(), try server.connect3())
      try mortal.call("SET", "mine", "TRANSIENT")
      #expect(try witness.call("OBSERVE", "mine").contains("mine {}"))
      try mortal.send("WAITFOR nothing\r\n" + String(repeating: "PING\r\n", count: 15_000))
      mortal.close()
      #expect(try witness.nextText().contains("del"))
    }
  }

  @Test(arguments: [1, 3]) func waitEndsByAChangeOrItsTimeout(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let (one, two) = (try server.connect(), try server.connect())
      #expect(try one.call("WAITFOR", "x", "TIMEOUT", "20") == "null")
      try one.send("WAITFOR x\r\nPING\r\n")
      #expect(try two.call("SET", "x") == "OK")
      #expect(try one.nextText() == "x {}")
      #expect(try one.nextText() == "PONG")
      // A deadline before the one that the timer is set to.
      try one.send("WAITFOR y TIMEOUT 3600000\r\n")
      #expect(try two.call("WAITFOR", "y", "TIMEOUT", "30") == "null")
    }
  }

  @Test func largeReplyArrivesWhole() async throws {
    try await withServer { server in
      let client = try server.connect()
      let text = String(repeating: "x", count: 10_000)
      for n in 0..<500 { try client.call("SET", "r\(n) { text: '\(text)' }") }
      try client.send("FIND _\r\nFIND _\r\nPING\r\n")
      for _ in 0..<2 {
        guard case .array(let records) = try client.next() else {
          Issue.record("no array")
          return
        }
        #expect(records.count == 500)
        #expect(records[499].shown.count == "r499 { text: '' }".count + 10_000)
      }
      #expect(try client.nextText() == "PONG")
    }
  }

  @Test func clientThatDoesNotReadIsHeldBack() async throws {
    try await withServer { server in
      let (greedy, other) = (try server.connect(), try server.connect())
      let echo = "ECHO " + String(repeating: "x", count: 1_000) + "\r\n"
      // Far more than sockets and the server hold: the writer blocks, and nobody else does. It has
      // a thread of its own, since all threads of tasks may be blocked in other tests.
      let socket = try #require(greedy.socket)
      let writing = try Thread("writer") {
        try? socket.send(Array(String(repeating: echo, count: 20_000).utf8))
      }
      #expect(try other.call("PING") == "PONG")
      for _ in 0..<20_000 {
        let isWhole = try greedy.next().shown.count == 1_000
        if !isWhole { Issue.record("a torn answer") }
      }
      writing.join()
    }
  }

  /// As with `nc -N`: all pending replies are sent, however late they are read, and then the
  /// connection closes.
  @Test(arguments: [1, 3]) func closeAfterHalfCloseSendsPendingReplies(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let text = String(repeating: "x", count: 1_000)
      try server.connect().call("SET", "r { text: '\(text)' }")
      for count in [0, 1, 200, 3_000] {
        let client = try server.connect()
        try client.send(String(repeating: "GET r\r\n", count: count) + "CLIENT LIST\r\n")
        client.stopSending()
        let answers = try client.textToEnd()
        #expect(answers.count == count + 1)
        #expect(answers.dropLast().allSatisfy { $0.count == text.count + 14 })
        #expect(answers.last?.hasPrefix("id=") == true)
      }
    }
  }

  /// The wait ends, and requests after it are dropped.
  @Test(arguments: [1, 3]) func halfCloseEndsABlockedWait(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let (client, other) = (try server.connect(), try server.connect())
      try client.send("SET mine TRANSIENT\r\nWAITFOR never\r\nSET late\r\n")
      client.stopSending()
      #expect(try client.textToEnd() == ["OK"])
      #expect(try other.call("WAITFOR", "mine", "GONE") == "OK")
      #expect(try other.call("EXISTS", "late") == "0")
    }
  }

  @Test func observerThatDoesNotReadIsClosed() async throws {
    try await withServer { server in
      let (lazy, busy) = (try server.connect3(), try server.connect())
      try lazy.call("OBSERVE", "_")
      try lazy.call("SET", "mine", "TRANSIENT")
      let text = String(repeating: "x", count: 1_000_000)
      var count = 0
      while try busy.call("EXISTS", "mine") == "1", count < 200 {
        try busy.call("SET", "big { text: '\(text)' }")
        count += 1
      }
      #expect(count < 200)
      #expect(try lazy.textToEnd().last?.hasPrefix("-OVERFLOW ") == true)
      #expect(try busy.call("INFO", "stats").contains("overflowed_connections:1\r\n"))
    }
  }

  @Test func stopEndsSessionsAndRemovesTheSocket() async throws {
    let folder = try TemporaryDirectory()
    var client: RESPClient?
    try await withServer(in: folder) { server in
      client = try server.connect()
      try client?.call("PING")
      try client?.send("WAITFOR x\r\n")
      #expect(folder.contents == ["o.sock", "o.sock.lock"])
    }
    #expect(folder.contents == [])
    #expect(try client?.textToEnd() == [])
  }
}
