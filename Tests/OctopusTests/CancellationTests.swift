// Tasks cancelled at any moment: they end, what they left on the other side goes, and others do not
// notice.

import Octopus
import Testing

struct CancellationTests {
  @Test(arguments: Ground.allCases)
  func endsWaitsAndSequences(_ ground: Ground) async throws {
    try await ground.run { stage in
      let octopus = try await stage.connect()
      try await octopus.set("there")
      let tasks: [Task<Void, any Error>] = [
        Task { _ = try await octopus.waitFor("never") },
        Task { try await octopus.waitFor("never", count: 2) },
        Task { try await octopus.waitFor(gone: "there") },
        Task { for try await _ in octopus.watch("never") {} },
        Task { for try await _ in try await octopus.observe("never").changes {} },
        Task { for try await _ in try await octopus.subscribe("never") {} },
      ]
      try await stage.untilTriggers(5, octopus)
      for task in tasks { task.cancel() }
      for task in tasks {
        await expectFailure(.cancelled, of: task)
      }
      #expect(try await stage.figure("triggers", octopus) == 0)
      #expect(try await stage.figure("subscriptions", octopus) == 0)
    }
  }

  @Test(arguments: Ground.allCases)
  func leavesNothingBehindWheneverItComes(_ ground: Ground) async throws {
    var random = Seeded.draw()
    let delays = (0..<150).map { _ in Int.random(in: 0...12, using: &random) }
    try await ground.run { stage in
      let octopus = try await stage.connect()
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
      // After this every reply has come that nobody waited for, and what it began was undone.
      try await octopus.ping()
      #expect(try await stage.figure("triggers", octopus) == 0)
      #expect(try await stage.figure("subscriptions", octopus) == 0)
      #expect(try await octopus.publish("m") == 0)
    }
  }
}
