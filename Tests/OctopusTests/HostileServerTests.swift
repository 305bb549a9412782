// A server that sends anything: calls and sequences fail, the process does not.

import Generators
import RESP
import Testing

@testable import Octopus

struct HostileServerTests {
  /// Every command, given every kind of reply that it does not expect.
  @Test func unexpectedRepliesEndCallsWithoutCrash() async throws {
    let replies: [RESPValue] = [
      .null, .ok, .integer(0), .integer(-1), .integer(.min), .integer(.max), .double(.nan),
      .boolean(true), .bulk([0xff, 0xfe]), .bulk("no record"), .bulk("a {}"), .bulk(""), .array([]),
      .array([.null]), .array([.integer(1), .integer(1)]), .array([.bulk("a"), .integer(-5)]),
      .array([.null, .null, .null]), .array([.integer(1), .integer(2), .array([.integer(3)])]),
      .array([.integer(1), .null, .array([.bulk("{")])]), .map([]), .set([.bulk("x")]),
      .error(""), .error("X"), .error("MISMATCH"), .blobError(Array("SYNTAX a\nb".utf8)),
      .bigNumber(Array("99999999999999999999".utf8)),
      .array([.error("MISMATCH x"), .integer(3), .integer(4)]),
    ]
    let calls: [@Sendable (OctopusClient) async throws -> Void] = [
      { _ = try await $0.get("a") }, { _ = try await $0.names("a") },
      { _ = try await $0.find("a") },
      { _ = try await $0.count("a") }, { _ = try await $0.exists("a") },
      { try await $0.set("a") }, { try await $0.setSequential("a") }, { try await $0.update("a") },
      { try await $0.delete("a") }, { try await $0.publish("a") }, { try await $0.ping() },
      { _ = try await $0.info() }, { _ = try await $0.explain("a") },
      { _ = try await $0.revisioned(.get("a")) },
      { _ = try await $0.run(.names("a"), trigger: .once(.any)).value },
      { _ = try await $0.observe("a") }, { try await $0.waitFor("a") },
      { try await $0.waitFor(gone: "a") }, { try await $0.waitFor("a", count: 3) },
      { for try await _ in $0.watch("a") {} }, { for try await _ in $0.pages("a", size: 1) {} },
      { _ = try await $0.subscribe("a") },
    ]
    for call in calls {
      for reply in replies {
        let (server, octopus) = ScriptedServer.begin()
        let task = Task { try await call(octopus) }
        _ = await server.requests(1)
        octopus.receives(reply)
        octopus.close()
        // Whether it succeeds is the reply's business. It ends.
        _ = await task.result
      }
    }
  }

  /// Numbers at the edges of what there is, wherever the other side gives one.
  @Test func extremeNumbersFromAServerDoNotCrash() async throws {
    let calls: [@Sendable (OctopusClient) async throws -> Void] = [
      { _ = try await $0.revisioned(.get("a")) }, { _ = try await $0.exists(["a", "b"]) },
      { try await $0.delete("a") },
      { _ = try await $0.run(.names("a"), trigger: .persistent(.any)).changes },
      { try await $0.waitFor("a", count: 3) }, { for try await _ in $0.watch("a") {} },
      { _ = try await $0.lock("l") }, { try await $0.withPermit("s") {} },
      { try await $0.barrier("b", parties: 2).enter() },
      { _ = try await $0.election("l").leader() },
      { for try await _ in $0.election("l").leaders {} }, { _ = try await $0.subscribe("a") },
    ]
    for number in [Int64.min, -(1 << 53), -1, 0, 1 << 53, .max] {
      for (answer, call) in Self.answers(with: number).flatMap({ answer in
        calls.map { (answer, $0) }
      }) {
        let (server, octopus) = ScriptedServer.begin()
        let task = Task { try await call(octopus) }
        _ = await server.requests(1)
        octopus.receives(answer)
        for push in Self.pushes(with: number) { octopus.receives(push) }
        octopus.close()
        _ = await task.result
      }
    }
  }

  private static func answers(with number: Int64) -> [RESPValue] {
    let member = RESPValue.bulk("l_\(number) { lock: l }")
    return [
      .integer(number), .array([.integer(number), member]),
      .array([.integer(number), .integer(number), .array([member])]),
      .array([member, .integer(number)]), .array([member, .integer(number), .integer(number)]),
      .array([.array([member]), .integer(number)]),
    ]
  }

  private static func pushes(with number: Int64) -> [RESPValue] {
    let member = "l_\(number) { lock: l }"
    return [
      .event(number, "set", number, member, number),
      .event(number, "del removed", number, member, number),
      .push([.bulk("deferred"), .bulk("\(number)"), .integer(number)]),
      .push([.bulk("deferred"), .bulk("2"), .array([.integer(number), .bulk(member)])]),
      .acknowledgement("subscribe", "a {}", number),
    ]
  }

  /// Random bytes, and valid frames with random damage.
  @Test func damagedFramesDoNotCrash() async throws {
    var random = Random()
    print("seed \(random.seed)")
    let frames: [RESPValue] = [
      .ok, .event(4, "set", 8, "a { n: 1 }"), .event(4, "set removed", 8, "a"), .integer(4),
      .array([.integer(4), .integer(1), .array([])]), .acknowledgement("subscribe", "a {}", 1),
      .message("a {}", "a { n: 1 }"), .error("OVERFLOW x"), .null,
    ]
    for _ in 0..<1_000 {
      let (server, octopus) = ScriptedServer.begin(OctopusClient.Options(bufferLimit: 2))
      let tasks = [
        Task { for try await _ in octopus.watch("a") {} },
        Task { for try await _ in try await octopus.subscribe("a") {} },
        Task { try await octopus.waitFor("a", count: 2) },
      ]
      _ = await server.requests(3)
      for _ in 0..<8 {
        var bytes = frames.randomElement(using: &random)!.encoded(version: .three)
        for _ in 0..<Int.random(in: 0...2, using: &random) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        octopus.receives(bytes: bytes)
      }
      octopus.close()
      for task in tasks { _ = await task.result }
    }
  }

  @Test(arguments: [
    "$99999999999999999999\r\n", "$536870913\r\n", "*99999999\r\n", "*-2\r\n", "$-2\r\n",
    "nonsense\r\n", ":1", "\r\n",
    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"
      + "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
  ])
  func malformedFramesEndTheSession(_ text: String) async throws {
    let (server, octopus) = ScriptedServer.begin()
    let task = Task { try await octopus.get("a") }
    _ = await server.requests(1)
    octopus.receives(bytes: Array(text.utf8))
    octopus.receives(bytes: Array("\r\n\r\n".utf8))
    await expectFailure(.protocolViolation, of: task)
    #expect(server.isClosed)
    #expect(octopus.isClosed)
  }
}
