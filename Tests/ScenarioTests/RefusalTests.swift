import RESP
import ScenarioSupport
import Testing

/// The embedded engine and the server refuse the same requests, with the same messages.
@Suite struct RefusalTests {
  /// Each line is a request. Those that ask about other connections differ, and are not here.
  private static let requests = """
    NOSUCH x
    GET
    GET x y z
    GET "bad {"
    SET "a { b }"
    SET "a { b: 1 }" NX XX
    SET "hw.x { a: 1 }" IF -1
    SETSEQ item1
    UPDATE missing
    UPDATE a ADD b x
    DEL
    FIND _ LIMIT -1
    FIND _ AFTER
    NAMES _ LIMIT 99999999999999999999
    COUNT "r'('"
    WAITFOR x TIMEOUT -5
    WAITFOR x COUNT 0
    WAITFOR x DEFER
    LOCK
    LOCK ""
    LOCK x TIMEOUT many
    UNLOCK x
    SEM WAIT none
    SEM NEW s -1
    SEM NEW s 1
    SEM NEW s 2
    SEM WAIT s 9 TIMEOUT 0
    SEM FROB s
    BARRIER ENTER b 0
    BARRIER LEAVE b
    CANCEL nothing
    UNTRIGGER 77
    GET x TRIGGER NEVER
    OBSERVE "a" "b"
    PUBLISH "a { b > 1 }"
    SUBSCRIBE "a {"
    HELLO 9
    AUTH secret
    CLIENT FROB
    EXEC
    DISCARD
    MULTI
    MULTI
    WAITFOR x
    EXEC
    MULTI
    SET "a { b: 1 }"
    LOCK y
    EXEC
    MULTI
    GET "bad {"
    EXEC
    EXISTS a
    """.split(separator: "\n").map(String.init)

  private func replies(_ backend: any Backend, to requests: [Request]) throws -> [[String]] {
    try requests.map { request in
      try backend.send(request, from: "client")
      return try backend.received()["client", default: []].map(\.notation)
    }
  }

  private func compare(_ requests: [Request]) async throws -> [[String]] {
    let embedded = try replies(EmbeddedBackend(), to: requests)
    let server = try ServerBackend()
    let remote = Result { try replies(server, to: requests) }
    await server.close()
    let expected = try remote.get()
    for index in requests.indices where embedded[index] != expected[index] {
      Issue.record("\(requests[index]): embedded \(embedded[index]), server \(expected[index])")
    }
    return expected
  }

  @Test func badRequestsGetTheSameErrors() async throws {
    let replies = try await compare(Self.requests.map(ScenarioRunner.request))
    #expect(replies.allSatisfy { $0.count == 1 }, "one reply each")
    #expect(replies.count { $0[0].hasPrefix("-") } > 35, "most are refused")
  }

  @Test func tooManyQueuedCommandsAreRefusedAlike() async throws {
    let size = Request([Array("DBSIZE".utf8)])
    let requests =
      [Request([Array("MULTI".utf8)])] + Array(repeating: size, count: 10_001)
      + [Request([Array("EXEC".utf8)])]
    let replies = try await compare(requests)
    #expect(replies.suffix(2).map { $0[0].prefix(6) } == ["-LIMIT", "-EXECA"])
  }

  @Test func tooLargeRequestsAreRefusedAlike() async throws {
    let large = String(repeating: "x", count: 2_000)
    let name = try ScenarioRunner.request("SET \(large)")
    let regex = try ScenarioRunner.request("FIND r'\(large + large + large)'")
    let record = Request([
      Array("SET".utf8), Array("a { t: '\(String(repeating: "x", count: 1_100_000))' }".utf8),
    ])
    let replies = try await compare([name, regex, record])
    #expect(replies.allSatisfy { $0.first?.hasPrefix("-TOOBIG") == true })
  }
}
