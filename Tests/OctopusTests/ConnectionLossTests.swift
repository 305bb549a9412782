// The session ends: calls and sequences end with it, and a new client can connect.

import Octopus
import RESP
import Testing

@testable import Octopus

struct ConnectionLossTests {
  @Test(arguments: Backend.allCases)
  func lostConnectionEndsCallsAndSequences(_ backend: Backend) async throws {
    let clock = OctopusClient.ManualClock()
    try await backend.run(clock: clock) { fixture in
      let octopus = try await fixture.connect()
      let observed = try await octopus.observe("_")
      let messages = try await octopus.subscribe("_")
      try await octopus.set("before")
      let begun = AsyncStream<Void>.makeStream()
      let tasks: [Task<Void, any Error>] = [
        Task { _ = try await octopus.waitFor("never", timeout: .seconds(1)) },
        Task { try await octopus.waitFor(gone: "before", timeout: .seconds(1)) },
        Task { for try await _ in octopus.watch("_") { begun.continuation.yield() } },
        Task { for try await _ in messages {} },
      ]
      await clock.untilSleepers(2)
      for await _ in begun.stream { break }
      await fixture.disconnectAll()
      for task in tasks {
        await expectFailure(.connectionLost, of: task)
      }
      // What had come is given before the error.
      var changes = observed.changes.makeAsyncIterator()
      #expect(try await changes.next()?.record == "before")
      await expectFailure(.connectionLost) { () throws(OctopusError) in
        _ = try await changes.next(isolation: nil)
      }
      await expectFailure(.connectionLost) { () throws(OctopusError) in
        _ = try await octopus.get("before")
      }
      await expectFailure(.connectionLost) { () throws(OctopusError) in
        for try await _ in octopus.watch("_") {}
      }
      await expectFailure(.connectionLost) { () throws(OctopusError) in
        _ = try await octopus.subscribe("_")
      }
      #expect(octopus.isClosed)
    }
  }

  @Test(arguments: Backend.allCases)
  func closeEndsCallsAndDeletesTransientRecords(_ backend: Backend) async throws {
    let clock = OctopusClient.ManualClock()
    try await backend.run(clock: clock) { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      try await octopus.set("mine", transient: true)
      let wait = Task { try await octopus.waitFor("never", timeout: .seconds(1)) }
      await clock.untilSleepers(1)
      octopus.close()
      octopus.close()
      await expectFailure(.only(.connectionLost("this client was closed")), of: wait)
      try await other.waitFor(gone: "mine")
      let again = try await fixture.connect()
      #expect(try await again.names("_").isEmpty)
    }
  }

  @Test func lastErrorOfTheServerIsTheReason() async throws {
    let (_, octopus) = ScriptedServer.begin()
    let wait = Task { try await octopus.get("a") }
    octopus.receives(.error("OVERFLOW the session did not read its events"))
    await expectFailure(.saying("OVERFLOW the session"), of: wait)
  }

  @Test func droppedClientEndsItsSession() async throws {
    try await Backend.withServer { fixture in
      let watcher = try await fixture.connect()
      do {
        let octopus = try await fixture.connect()
        try await octopus.set("mine", transient: true)
      }
      try await watcher.waitFor(gone: "mine")
    }
  }
}
