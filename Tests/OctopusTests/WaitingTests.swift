// Waiting for a match, for its absence, for n of them: without polling, without missing anything.

import Octopus
import Testing

struct WaitingTests {
  @Test(arguments: Backend.allCases)
  func waitReturnsAtOnceForExistingRecords(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("service.pci { state: 'ready' }")
      #expect(try await octopus.waitFor("service.pci { state: 'ready' }").name == "service.pci")
      try await octopus.waitFor("_", count: 1)
      try await octopus.waitFor(gone: "service.usb")
      #expect(try await octopus.waitFor("_", timeout: .zero).name == "service.pci")
      try await octopus.waitFor("_", count: 1, timeout: .zero)
      try await octopus.waitFor(gone: "service.usb", timeout: .zero)
      await expectFailure(.timeout) { () throws(OctopusError) in
        try await octopus.waitFor("service.usb", timeout: .zero)
      }
      await expectFailure(.timeout) { () throws(OctopusError) in
        try await octopus.waitFor("_", count: 2, timeout: .zero)
      }
      await expectFailure(.timeout) { () throws(OctopusError) in
        try await octopus.waitFor(gone: "_", timeout: .zero)
      }
      #expect(try await fixture.figure("triggers", octopus) == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func waitEndsWithTheFirstMatch(_ backend: Backend) async throws {
    let clock = OctopusClient.ManualClock()
    try await backend.run(clock: clock) { fixture in
      let (waiter, writer) = (try await fixture.connect(), try await fixture.connect())
      async let found = waiter.waitFor("service.pci { state: 'ready' }", timeout: .seconds(1))
      // Its command has been sent when its time limit begins.
      await clock.untilSleepers(1)
      try await waiter.ping()
      // The waiting connection serves others meanwhile.
      try await waiter.set("service.pci { state: 'starting' }")
      try await writer.set("service.pci { state: 'ready', port: 1 }")
      try await writer.delete("service.pci")
      #expect(try await found["port"] == 1)
      #expect(try await fixture.figure("triggers", writer) == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func waitForGoneEndsWithTheLastRecord(_ backend: Backend) async throws {
    let clock = OctopusClient.ManualClock()
    try await backend.run(clock: clock) { fixture in
      let (waiter, writer) = (try await fixture.connect(), try await fixture.connect())
      try await writer.set("'/a' { n: 1 }")
      try await writer.set("b { n: 1 }")
      async let gone: Void = waiter.waitFor(gone: "_ { n: 1 }", timeout: .seconds(1))
      // Its command has been sent when its time limit begins.
      await clock.untilSleepers(1)
      try await waiter.ping()
      try await writer.set("c { n: 1 }")
      try await writer.delete("'/a'")
      try await writer.set("b { n: 2 }")
      #expect(try await fixture.figure("triggers", writer) == 1)
      // For one moment none matches; that is enough.
      try await writer.transaction([.delete("c"), .delete("nothing")])
      try await writer.set("d { n: 1 }")
      try await gone
      #expect(try await writer.exists("d { n: 1 }"))
    }
  }

  @Test(arguments: Backend.allCases)
  func waitForCountEndsWhenReached(_ backend: Backend) async throws {
    let clock = OctopusClient.ManualClock()
    try await backend.run(clock: clock) { fixture in
      let (waiter, writer) = (try await fixture.connect(), try await fixture.connect())
      try await writer.set("w_0 { state: 'idle' }")
      async let enough: Void = waiter.waitFor(
        "r'^w_' { state: 'idle' }", count: 3, timeout: .seconds(1))
      // Its command has been sent when its time limit begins.
      await clock.untilSleepers(1)
      try await waiter.ping()
      try await writer.set("w_1 { state: 'idle' }")
      try await writer.set("w_1 { state: 'idle', again: true }")
      try await writer.set("w_0 { state: 'busy' }")
      try await writer.set("w_2 { state: 'idle' }")
      #expect(try await fixture.figure("triggers", writer) == 1)
      try await writer.set("w_3 { state: 'idle' }")
      try await enough
    }
  }

  @Test(arguments: Backend.allCases)
  func manyWaitsShareOneConnection(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await withThrowingTaskGroup { group in
        for number in 0..<100 {
          group.addTask { try await octopus.waitFor("r_\(number)").name }
          group.addTask { try await octopus.waitFor("\("r_\(number)")").name }
          group.addTask { try await octopus.setSequential("r_") }
        }
        for try await name in group { #expect(name.hasPrefix("r_")) }
      }
      #expect(try await fixture.figure("triggers", octopus) == 0)
    }
  }
}
