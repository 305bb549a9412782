// The other side goes: everything that waits is told so, and connecting again is one call.

import Octopus
import RESP
import Testing

@testable import Octopus

struct ConnectionLossTests {
  @Test(arguments: Ground.allCases)
  func endsEverythingAndSaysSo(_ ground: Ground) async throws {
    let clock = OctopusClient.ManualClock()
    try await ground.run(clock: clock) { stage in
      let octopus = try await stage.connect()
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
      await stage.disconnectAll()
      for task in tasks {
        await expectFailure(.connectionLost, of: task)
      }
      // What had come is given before the end is told.
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

  @Test(arguments: Ground.allCases)
  func endsWithCloseFromThisSide(_ ground: Ground) async throws {
    let clock = OctopusClient.ManualClock()
    try await ground.run(clock: clock) { stage in
      let (octopus, other) = (try await stage.connect(), try await stage.connect())
      try await octopus.set("mine", transient: true)
      let wait = Task { try await octopus.waitFor("never", timeout: .seconds(1)) }
      await clock.untilSleepers(1)
      octopus.close()
      octopus.close()
      await expectFailure(.only(.connectionLost("this client was closed")), of: wait)
      try await other.waitFor(gone: "mine")
      let again = try await stage.connect()
      #expect(try await again.names("_").isEmpty)
    }
  }

  @Test func saysWhatTheServerSaidLast() async throws {
    let (_, octopus) = Script.begin()
    let wait = Task { try await octopus.get("a") }
    octopus.hears(.error("OVERFLOW the session did not read its events"))
    await expectFailure(.saying("OVERFLOW the session"), of: wait)
  }

  @Test func endsSessionsThatNobodyUses() async throws {
    try await Ground.withServer { stage in
      let watcher = try await stage.connect()
      do {
        let octopus = try await stage.connect()
        try await octopus.set("mine", transient: true)
      }
      try await watcher.waitFor(gone: "mine")
    }
  }
}
