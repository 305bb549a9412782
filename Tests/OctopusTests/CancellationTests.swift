// Tasks cancelled at any moment: they end, what they left on the other side goes, and others do not
// notice.

import Generators
import Octopus
import Testing

struct CancellationTests {
  @Test(arguments: Backend.allCases)
  func cancellationEndsWaitsAndSequences(_ backend: Backend) async throws {
    let clock = OctopusClient.ManualClock()
    try await backend.run(clock: clock) { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("there")
      let changes = try await octopus.observe("never").changes
      let messages = try await octopus.subscribe("never")
      let begun = AsyncStream<Void>.makeStream()
      let tasks: [Task<Void, any Error>] = [
        Task { _ = try await octopus.waitFor("never", timeout: .seconds(1)) },
        Task { try await octopus.waitFor("never", count: 2, timeout: .seconds(1)) },
        Task { try await octopus.waitFor(gone: "there", timeout: .seconds(1)) },
        Task { for try await _ in octopus.watch("there") { begun.continuation.yield() } },
        Task { for try await _ in changes {} },
        Task { for try await _ in messages {} },
      ]
      await clock.untilSleepers(3)
      for await _ in begun.stream { break }
      // After this the replies that name the waits' triggers have come. A wait that is cancelled
      // before its reply removes its trigger only when the reply comes.
      _ = try await octopus.count("never")
      for task in tasks { task.cancel() }
      for task in tasks {
        await expectFailure(.cancelled, of: task)
      }
      #expect(try await fixture.figure("triggers", octopus) == 0)
      #expect(try await fixture.figure("subscriptions", octopus) == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func cancellationAtAnyMomentLeavesNoTrigger(_ backend: Backend) async throws {
    var random = Random()
    print("seed \(random.seed)")
    let delays = (0..<150).map { _ in Int.random(in: 0...12, using: &random) }
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      for (number, delay) in delays.enumerated() {
        let task = Task {
          switch number % 6 {
          case 0: _ = try await octopus.waitFor("never")
          case 1: try await octopus.waitFor("never", count: 1)
          case 2: for try await _ in octopus.watch("_") {}
          case 3: for try await _ in try await octopus.subscribe("m") {}
          case 4:
            for try await _ in octopus.pages("_", size: 1) { try await octopus.publish("m") }
          default: _ = try await octopus.transaction(.set("a"), .set("b"), .count("_"))
          }
        }
        for _ in 0..<delay { await Task.yield() }
        task.cancel()
        _ = await task.result
      }
      // After this every reply of a cancelled task has come, and what it began was undone.
      try await octopus.ping()
      #expect(try await fixture.figure("triggers", octopus) == 0)
      #expect(try await fixture.figure("subscriptions", octopus) == 0)
      #expect(try await octopus.publish("m") == 0)
    }
  }
}
