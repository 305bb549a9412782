// What the server says of itself, as bytes or as text.

import OctopusProtocol
import RESP
import Testing

@testable import OctopusEngine

struct ServerReplyTests {
  @Test func helloIsAMap() {
    let map =
      "$6¶server¶$7¶octopus¶$7¶version¶$5¶0.1.0¶$5¶proto¶:3¶$2¶id¶:5¶$4¶mode¶$10¶standalone¶"
      + "$4¶role¶$6¶master¶$7¶modules¶*0¶"
    #expect(rendered(.three) { $0.append(helloFrom: 5, serverVersion: "0.1.0") } == "%7¶" + map)
    #expect(
      rendered(.two) { $0.append(helloFrom: 5, serverVersion: "0.1.0") }
        == "*14¶" + map.replacing(":3¶", with: ":2¶"))
  }

  @Test func pongOfARESP2SubscriberIsAnArray() {
    #expect(rendered(.three) { $0.append(pong: nil, isRESP2Subscriber: false) } == "+PONG¶")
    #expect(rendered(.two) { $0.append(pong: [97], isRESP2Subscriber: false) } == "$1¶a¶")
    #expect(
      rendered(.two) { $0.append(pong: nil, isRESP2Subscriber: true) } == "*2¶$4¶pong¶$0¶¶")
    #expect(
      rendered(.two) { $0.append(pong: [97], isRESP2Subscriber: true) } == "*2¶$4¶pong¶$1¶a¶")
  }

  @Test func timeIsSecondsAndMicroseconds() {
    #expect(
      rendered(.two) { $0.append(unixMicroseconds: 1_700_000_000_000_042) }
        == "*2¶$10¶1700000000¶$2¶42¶")
  }

  @Test func infoHasRedisSectionsAndFields() {
    var statistics = Statistics()
    statistics.records = 42
    statistics.revision = 77
    statistics.footprint = 1_142_948
    var info = ServerInfo(engine: statistics)
    info.version = "0.1.0"
    info.clients.connected = 3
    info.memoryLimit = 1 << 30
    info.clients.memory = 10_000
    info.mailMemory = 300
    info.traffic.clientsEvicted = 4
    info.traffic.errorsByCode = [.syntax: 2, .error: 1, .busy: 0, .outOfMemory: 5]
    let text = rendered(.two) { $0.append(info, sections: []) }
    let lines = text.split(separator: "¶", omittingEmptySubsequences: false).dropFirst()
    for line in [
      "# Server", "redis_version:7.0.0", "octopus_version:0.1.0", "loading:0",
      "connected_clients:3", "used_memory:1153248", "used_memory_human:1.09M", "revision:77",
      "used_memory_dataset:1142948", "mem_clients_normal:10000", "mem_event_loops:300",
      "evicted_clients:4",
      "errorstat_ERR:count=1", "errorstat_SYNTAX:count=2", "# Keyspace",
      "db0:keys=42,expires=0,avg_ttl=0", "maxmemory:1073741824", "maxmemory_refusals:5",
    ] {
      #expect(lines.contains { $0 == line }, "\(line)")
    }
    #expect(!text.contains("BUSY"))
    // Each line is a heading, a figure, or the blank line between sections.
    #expect(lines.allSatisfy { $0.isEmpty || $0.hasPrefix("# ") || $0.contains(":") })
    #expect(
      rendered(.three) { $0.append(info, sections: ["keyspace"]) }
        == "=49¶txt:# Keyspace¶db0:keys=42,expires=0,avg_ttl=0¶¶")
    #expect(rendered(.two) { $0.append(info, sections: ["what"]) } == "$0¶¶")
    #expect(rendered(.two) { $0.append(info, sections: ["what", "all"]) } == text)
  }

  @Test func byteCountsAreShownWithUnits() {
    func human(_ bytes: Int) -> String {
      let info = ServerInfo(engine: Statistics(footprint: bytes))
      let text = rendered(.two) { $0.append(info, sections: ["memory"]) }
      return String(text.split(separator: "used_memory_human:")[1].prefix { $0 != "¶" })
    }
    #expect(human(0) == "0B")
    #expect(human(1_023) == "1023B")
    #expect(human(1_024) == "1.00K")
    #expect(human(12_320_768) == "11.75M")
    #expect(human(25_276_510_208) == "23.54G")
    #expect(human(.max) == "8388607.99T")
  }

  @Test func clientListHasALineForEachClient() {
    var one = ClientDescription(id: 5, address: "/run/o.sock:0", localAddress: "/run/o.sock:0")
    one.subscriptions = 1
    one.lastCommand = .clientList
    one.libraryName = Array("redis-py".utf8)
    one.userID = 0
    let two = ClientDescription(id: 6, address: "1.2.3.4:5", localAddress: "1.2.3.4:6379")
    let text = rendered(.two) { $0.append([one, two]) }
    let lines = text.split(separator: "¶")[1].split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0]
        == """
        id=5 addr=/run/o.sock:0 laddr=/run/o.sock:0 fd=-1 name= age=0 idle=0 flags=PU db=0 sub=1 \
        psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 obl=0 \
        oll=0 omem=0 tot-mem=0 cmd=client|list user=default resp=2 lib-name=redis-py lib-ver= \
        uid=0
        """)
    #expect(lines[1].contains(" flags=N "))
    #expect(lines[1].contains(" cmd=NULL "))
  }

  @Test func slowLogShortensArguments() {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 130)
    let entry = SlowLogEntry(
      id: 1, unixSeconds: 2, microseconds: 3,
      request: Request([Array("GET".utf8), long]), clientAddress: "a", clientName: [98])
    let shown = String(repeating: "x", count: 128) + "... (2 more bytes)"
    #expect(
      rendered(.three) { $0.append([entry]) }
        == "*1¶*6¶:1¶:2¶:3¶*2¶$3¶GET¶$146¶\(shown)¶$1¶a¶$1¶b¶")
    let many = SlowLogEntry(
      id: 1, unixSeconds: 2, microseconds: 3, request: Request((0..<40).map { [UInt8($0)] }),
      clientAddress: "a", clientName: [])
    #expect(many.arguments.count == 32)
    #expect(many.arguments.last == Array("... (9 more arguments)".utf8))
    let secret = SlowLogEntry(
      id: 1, unixSeconds: 2, microseconds: 3, request: request("hello | 3 | AUTH | a | b"),
      clientAddress: "a", clientName: [])
    #expect(secret.arguments == [Array("hello".utf8), Array("(redacted)".utf8)])
  }

  @Test func monitorEscapesArguments() {
    let bytes: [[UInt8]] = [Array("GET".utf8), [0x22, 0x5c, 0x0a, 0x0d, 0x09, 0x00, 0xff, 0x61]]
    #expect(
      rendered(.two) {
        $0.append(
          monitored: Request(bytes), unixMicroseconds: 1_700_000_000_000_042, address: "a:1")
      } == #"+1700000000.000042 [0 a:1] "GET" "\"\\\n\r\t\x00\xffa"¶"#)
    #expect(
      rendered(.two) {
        $0.append(monitored: request("AUTH | secret"), unixMicroseconds: 0, address: "a")
      } == #"+0.000000 [0 a] "AUTH" "(redacted)"¶"#)
  }

  @Test(arguments: [
    (["save"], ["save"]), (["SAVE"], ["save"]), (["*"], ["maxclients", "maxmemory", "save"]),
    (["max*"], ["maxclients", "maxmemory"]), (["*e*"], ["maxclients", "maxmemory", "save"]),
    (["max*s"], ["maxclients"]), (["s?ve"], ["save"]), (["s[a-c]ve"], ["save"]),
    (["s[^a-c]ve"], []), (["s\\ave"], ["save"]), ([""], []), (["max"], []),
    (["m*m*m*y"], ["maxmemory"]), (["save", "*ry"], ["maxmemory", "save"]),
    (["[", "\\", "s["], []),
    (["**save**"], ["save"]),
  ])
  func globsMatchParameterNames(patterns: [String], names: [String]) {
    let parameters = ["save": "1", "maxclients": "1", "maxmemory": "1"]
    let text = rendered(.three) { $0.append(configuration: parameters, patterns: patterns) }
    let entries = names.map { "$\($0.utf8.count)¶\($0)¶$1¶1¶" }.joined()
    #expect(text == "%\(names.count)¶" + entries)
  }
}
