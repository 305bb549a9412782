import TestSupport
import Testing

@testable import OctopusServer

/// What the server says about itself and its clients.
@Suite struct IntrospectionTests {
  @Test(arguments: [1, 3]) func clientListShowsClientsThatKillEnds(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let clients = try (0..<4).map { _ in try server.connect() }
      let ids = try clients.map { try $0.call("CLIENT", "ID") }
      #expect(Set(ids).count == 4)
      try clients[1].call("CLIENT", "SETNAME", "one")
      try clients[1].call("CLIENT", "SETINFO", "LIB-NAME", "tests")
      try clients[2].send("WAITFOR nothing\r\n")
      #expect(try clients[3].call("SUBSCRIBE", "x") == "[subscribe, x, 1]")
      let list = try clients[0].call("CLIENT", "LIST").split(separator: "\n")
      #expect(list.count == 4)
      #expect(list.contains { $0.contains("name=one ") && $0.contains("lib-name=tests ") })
      #expect(list.allSatisfy { $0.contains("addr=\(server.path):0 ") })
      #expect(try clients[0].call("CLIENT", "KILL", "ID", ids[1]) == "1")
      #expect(try clients[1].textToEnd() == [])
      #expect(try clients[0].call("CLIENT", "KILL", "TYPE", "pubsub") == "1")
      #expect(try clients[0].call("CLIENT", "KILL", "nowhere:0") == "-ERR No such client")
      #expect(try clients[0].call("CLIENT", "KILL", "ID", ids[0], "SKIPME", "no") == "1")
      #expect(try clients[0].textToEnd() == [])
    }
  }

  @Test(arguments: [1, 3]) func unblockEndsAWait(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let clients = try (0..<5).map { _ in try server.connect() }
      let ids = try clients.map { try $0.call("CLIENT", "ID") }
      #expect(try clients[0].call("LOCK", "l").hasPrefix("[1, "))
      for (client, line) in zip(
        clients.dropFirst(), ["WAITFOR x", "LOCK l", "BARRIER ENTER b 2", "LOCK l"])
      {
        try client.send(line + "\r\n")
      }
      try clients[0].wait(for: "waits", 4)
      let figures = try clients[0].call("INFO", "octopus")
      #expect(figures.contains("\r\nlocks:1\r\nsemaphores:0\r\nbarriers:1\r\n"))
      #expect(try clients[0].call("CLIENT", "UNBLOCK", ids[0]) == "0")
      #expect(try clients[0].call("CLIENT", "UNBLOCK", "999999") == "0")
      for place in [1, 2, 3] {
        #expect(try clients[0].call("CLIENT", "UNBLOCK", ids[place], "TIMEOUT") == "1")
        #expect(try clients[place].nextText() == "null")
        #expect(try clients[place].call("PING") == "PONG")
      }
      // The next waiter of the lock is granted.
      #expect(try clients[0].call("UNLOCK", "l") == "1")
      #expect(try clients[4].nextText().hasPrefix("["))
      #expect(try clients[0].call("NAMES", "_").split(separator: ",").count == 1)
    }
  }

  @Test func killedClientLeavesNothing() async throws {
    try await withServer { server in
      let (one, two) = (try server.connect(), try server.connect())
      try one.call("SET", "mine", "TRANSIENT")
      let id = try one.call("CLIENT", "ID")
      #expect(try two.call("CLIENT", "KILL", "ID", id) == "1")
      #expect(try two.call("EXISTS", "mine") == "0")
    }
  }

  @Test(arguments: [1, 3]) func infoShowsActualFigures(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      let clients = try (0..<3).map { _ in try server.connect() }
      for client in clients { try client.call("SET", "x") }
      try clients[0].call("NOSUCH")
      try clients[1].call("MONITOR")
      // All stay connected until it has answered.
      let info = try withExtendedLifetime(clients) { try clients[0].call("INFO") }
      let lines = Set(info.split(separator: "\r\n"))
      for line in [
        "redis_mode:standalone", "connected_clients:3", "monitor_clients:1", "revision:3",
        "records:1", "total_connections_received:3", "total_error_replies:1", "loading:0",
        "total_commands_processed:6", "event_loops:\(loops)", "unix_socket:\(server.path)",
      ] { #expect(lines.contains(Substring(line)), "\(line)") }
      let memory = try #require(lines.first { $0.hasPrefix("used_memory_rss:") })
      let bytes = try #require(Int(memory.dropFirst(16)))
      #expect(bytes > 1 << 20)
    }
  }

  @Test(arguments: [1, 3]) func monitorSeesCommandsOfOthers(loops: Int) async throws {
    try await withServer(loops: loops, tcpPassword: "secret") { server in
      let (monitor, other) = (try server.connect(), try server.connect())
      #expect(try monitor.call("MONITOR") == "OK")
      try other.call("SET", "a { b: 'c' }")
      try other.call("AUTH", "secret")
      try other.call("HELLO", "2", "AUTH", "default", "secret")
      try other.call("GET", "a")
      #expect(try monitor.nextText().hasSuffix(#" [0 unix:\#(server.path)] "SET" "a { b: 'c' }""#))
      #expect(try monitor.nextText().hasSuffix(#""GET" "a""#), "no secrets")
      #expect(try monitor.call("RESET") == "RESET")
      try other.call("GET", "a")
      #expect(try monitor.call("PING") == "PONG")
    }
  }

  @Test func slowCommandIsLogged() async throws {
    try await withServer(slowlogMicroseconds: 0) { server in
      let client = try server.connect()
      try client.call("SET", "x")
      try client.call("AUTH", "secret")
      #expect(try client.call("SLOWLOG", "LEN") == "1")
      #expect(try client.call("SLOWLOG", "GET").contains("[SLOWLOG, LEN]"))
      #expect(try client.call("SLOWLOG", "GET", "10").contains("[SET, x]"))
      #expect(try client.call("SLOWLOG", "RESET") == "OK")
      #expect(try client.call("SLOWLOG", "LEN") == "1")
    }
    try await withServer(slowlogMicroseconds: -1) { server in
      let client = try server.connect()
      try client.call("SET", "x")
      #expect(try client.call("SLOWLOG", "LEN") == "0")
    }
  }

  @Test func slowLogIsBounded() {
    let log = SlowLog(thresholdMicroseconds: 1)
    for _ in 0..<(SlowLog.capacity + 10) {
      log.note { id in
        .init(
          id: id, unixSeconds: 0, microseconds: 1, request: .init(["x".utf8]), clientAddress: "",
          clientName: [])
      }
    }
    #expect(log.count == SlowLog.capacity)
    #expect(log.latest(3).map(\.id) == [137, 136, 135])
    #expect(log.latest(-1).isEmpty)
  }

  @Test func questionsOfRedisToolsAreAnswered() async throws {
    try await withServer { server in
      let client = try server.connect()
      #expect(try client.call("CONFIG", "GET", "save") == "[save, ]")
      #expect(
        try client.call("CONFIG", "GET", "append*") == "[appendfsync, everysec, appendonly, no]")
      #expect(try client.call("SELECT", "0") == "OK")
      #expect(try client.call("SELECT", "1").hasPrefix("-ERR "))
      #expect(try client.call("DBSIZE") == "0")
      let count = try client.call("COMMAND", "COUNT")
      #expect(Int(count) ?? 0 > 30)
      #expect(try client.call("COMMAND", "DOCS", "GET").hasPrefix("[get, ["))
      #expect(try client.call("TIME").hasPrefix("["))
      #expect(try client.call("HELLO", "3").contains("server: octopus"))
    }
  }

  @Test func logLineIsTextOrJSON() {
    let facts = [("path", "/a b"), ("n", "1")]
    let text = LogOutput.line(.text, time: "T", level: "info", message: "listening", facts)
    #expect(String(decoding: text, as: UTF8.self) == "T info listening path=\"/a b\" n=1\n")
    let json = LogOutput.line(.json, time: "T", level: "info", message: "it's \"\n\u{1}", facts)
    #expect(
      String(decoding: json, as: UTF8.self) == #"""
        {"time":"T","level":"info","message":"it's \"\n\u0001","path":"/a b","n":"1"}

        """#)
    #expect(Timestamp.text(unixMicroseconds: 1_700_000_000_123_456) == "2023-11-14T22:13:20.123Z")
  }

  @Test func rateIsThatOfTheLastFullSecond() {
    var rate = Rate()
    for _ in 0..<5 { rate.count(at: 10_500_000) }
    #expect(rate.perSecond(at: 10_900_000) == 0)
    #expect(rate.perSecond(at: 11_000_000) == 5)
    #expect(rate.perSecond(at: 13_000_000) == 0)
  }
}
