// A client and a scripted server: what is sent when, for replies and pushes in any order.

import OctopusRecords
import RESP
import Testing

@testable import Octopus

struct SessionTests {
  @Test func repliesArePairedInOrder() async throws {
    let (server, octopus) = ScriptedServer.begin()
    async let first = octopus.get("a")
    #expect(await server.requests(1) == [["GET", "a {}"]])
    async let second = octopus.count("b { n >= \(2) }")
    #expect(await server.requests(1) == [["COUNT", "b { n >= 2 }"]])
    octopus.receives(.bulk("a { n: 1 }"), .integer(5))
    #expect(try await first == "a { n: 1 }")
    #expect(try await second == 5)
  }

  @Test func commandsAreSentWithTheirOptions() async throws {
    let (server, octopus) = ScriptedServer.begin()
    func sends<Value>(_ expected: [String], _ command: OctopusClient.Command<Value>) async {
      let task = Task { try await octopus.run(command) }
      #expect(await server.requests(1) == [expected])
      octopus.receives(.null)
      _ = await task.result
    }
    await sends(
      ["NAMES", "_ {}", "LIMIT", "3", "AFTER", "'a b'"], .names("_", limit: 3, after: "a b"))
    await sends(["FIND", "r'x' {}", "AFTER", "a.b"], .find("r'x'", after: "a.b"))
    await sends(["EXISTS", "a {}", "b {}"], .exists(["a", "b"]))
    await sends(
      ["SET", "a { n: 1, n == 2 }", "XX", "IF", "7", "TRANSIENT"],
      .set("a { n: 1, n == 2 }", only: .present, ifRevision: 7, transient: true))
    await sends(["SETSEQ", "a_ {}", "TRANSIENT"], .setSequential("a_", transient: true))
    await sends(
      [
        "UPDATE", "a {}", "IF", "7", "REMOVE", "x", "REMOVE", "y", "ADD", "n", "-1", "ADD", "m",
        "0.5", "RETURN",
      ],
      .update("a", remove: ["x", "y"], add: ["n": -1, "m": 0.5], ifRevision: 7))
    await sends(["DEL", "r'^a' {}", "ALL"], .delete("r'^a'", all: true))
    await sends(["DEL", "a {}", "IF", "7"], .delete("a", ifRevision: 7))
    await sends(["PUBLISH", "a {}"], .publish("a"))
  }

  @Test func eventsRightAfterTheReplyArrive() async throws {
    let (server, octopus) = ScriptedServer.begin()
    let task = Task { try await octopus.run(.get("a"), trigger: .persistent(.any, when: .missing)) }
    #expect(
      await server.requests(1)
        == [["GET", "a {}", "REV", "TRIGGER", "ANY", "PERSIST", "WHEN", "missing"]])
    // All at once, before any task has had a chance to run.
    octopus.receives(
      .array([.null, .integer(4), .integer(0)]), .event(4, "set", 8, "a { n: 1 }"),
      .event(4, "del", 9, "a { n: 1 }", 8))
    let changes = try #require(try await task.value.changes)
    var iterator = changes.makeAsyncIterator()
    #expect(try await iterator.take(2).map(\.revision) == [8, 9])
  }

  @Test func droppedTriggerIsRemovedOnce() async throws {
    let (server, octopus) = ScriptedServer.begin()
    func observe() async throws -> OctopusClient.Observation {
      let task = Task { try await octopus.observe("_") }
      _ = await server.requests(1)
      octopus.receives(.array([.integer(4), .integer(7), .array([])]))
      return try await task.value
    }
    var observation: OctopusClient.Observation? = try await observe()
    #expect(observation?.revision == 7)
    #expect(server.takeRequests().isEmpty)
    octopus.receives(.event(4, "set", 8, "a"))
    observation = nil
    // The task that has ended may hold its value a moment longer.
    #expect(await server.requests(1) == [["UNTRIGGER", "4"]])
    // Events that were on their way are dropped, and nothing is sent for them.
    octopus.receives(
      .event(4, "set", 9, "a"), .event(4, "removed", 9, nil), .integer(1))
    #expect(server.takeRequests().isEmpty)
    #expect(!octopus.isClosed)
  }

  @Test func cancelledCallsAreUndoneWhenAnswered() async throws {
    let (server, octopus) = ScriptedServer.begin()
    let observing = Task { try await octopus.observe("_") }
    _ = await server.requests(1)
    observing.cancel()
    await expectFailure(.cancelled, of: observing)
    // The reply comes after the task was cancelled.
    octopus.receives(.array([.integer(4), .integer(7), .array([])]))
    #expect(server.takeRequests() == [["UNTRIGGER", "4"]])

    let subscribing = Task { try await octopus.subscribe("m") }
    _ = await server.requests(1)
    subscribing.cancel()
    _ = await subscribing.result
    octopus.receives(.integer(1), .acknowledgement("subscribe", "m {}", 1))
    #expect(server.takeRequests() == [["UNSUBSCRIBE", "m {}"]])
    octopus.receives(.acknowledgement("unsubscribe", "m {}", 0))

    let waiting = Task { try await octopus.waitFor("x") }
    #expect(await server.requests(1) == [["GET", "x {}", "TRIGGER", "SET", "WHEN", "missing"]])
    octopus.receives(.array([.null, .integer(5)]))
    waiting.cancel()
    _ = await waiting.result
    #expect(await server.requests(1) == [["UNTRIGGER", "5"]])
    #expect(!octopus.isClosed)
  }

  @Test func cancelledTasksSendNothing() async throws {
    let (server, octopus) = ScriptedServer.begin()
    let task = Task {
      await untilCancelled()
      await expectFailure(.cancelled) { () throws(OctopusError) in
        try await octopus.set("a")
      }
      await expectFailure(.cancelled) { () throws(OctopusError) in
        try await octopus.waitFor("a")
      }
      await expectFailure(.cancelled) { () throws(OctopusError) in
        _ = try await octopus.subscribe("a")
      }
      await expectFailure(.cancelled) { () throws(OctopusError) in
        for try await _ in octopus.watch("a") {}
      }
      await expectFailure(.cancelled) { () throws(OctopusError) in
        _ = try await octopus.transaction(.set("a"), .set("b"))
      }
    }
    task.cancel()
    await task.value
    #expect(server.takeRequests().isEmpty)
  }

  @Test func resubscribingIgnoresOldMessages() async throws {
    let (server, octopus) = ScriptedServer.begin()
    func subscribe() async throws -> OctopusClient.Messages {
      let task = Task { try await octopus.subscribe("m") }
      #expect(await server.requests(1) == [["SUBSCRIBE", "m {}"]])
      octopus.receives(.acknowledgement("subscribe", "m {}", 1))
      return try await task.value
    }
    var first: OctopusClient.Messages? = try await subscribe()
    var second: OctopusClient.Messages? = try await subscribe()
    first = nil
    #expect(server.takeRequests().isEmpty)
    second = nil
    #expect(server.takeRequests() == [["UNSUBSCRIBE", "m {}"]])
    // A new subscription before the old one's end is acknowledged.
    let task = Task { try await octopus.subscribe("m") }
    #expect(await server.requests(1) == [["SUBSCRIBE", "m {}"]])
    octopus.receives(
      .message("m {}", "m { old: true }"), .acknowledgement("unsubscribe", "m {}", 0),
      .acknowledgement("subscribe", "m {}", 1), .message("m {}", "m { old: false }"))
    var iterator = try await task.value.makeAsyncIterator()
    #expect(try await iterator.next() == "m { old: false }")
    _ = (first, second)
  }

  @Test func transactionsAreSentTogether() async throws {
    let (server, octopus) = ScriptedServer.begin()
    let task = Task { try await octopus.transaction(.set("a"), .count("b")) }
    #expect(
      await server.requests(4) == [["MULTI"], ["SET", "a {}"], ["COUNT", "b {}"], ["EXEC"]])
    let queued = RESPValue.simpleString("QUEUED")
    octopus.receives(.ok, queued, queued, .array([.ok, .integer(3)]))
    #expect(try await task.value == (true, 3))
  }

  @Test func lastReferenceClosesTheClient() async throws {
    let server: ScriptedServer
    var messages: OctopusClient.Messages?
    do {
      let octopus: OctopusClient
      (server, octopus) = ScriptedServer.begin()
      let task = Task { try await octopus.subscribe("m") }
      _ = await server.requests(1)
      octopus.receives(.acknowledgement("subscribe", "m {}", 1))
      messages = try await task.value
    }
    #expect(messages != nil)
    #expect(!server.isClosed)
    messages = nil
    await server.closed()
  }
}
