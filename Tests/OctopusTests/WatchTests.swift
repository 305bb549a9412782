// Watches, observations, triggers: what comes, in which order, and what becomes of it.

import Octopus
import Testing

struct WatchTests {
  @Test(arguments: Backend.allCases)
  func watchBeginsWithExistingRecords(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      try await other.set("a_10 { n: 1 }")
      try await other.set("a_9 { n: 1 }")
      try await other.set("b { n: 2 }")
      var changes = octopus.watch("_ { n: 1 }").makeAsyncIterator()
      let existing = try await changes.take(2)
      #expect(existing.map(\.kind) == [.existing, .existing])
      #expect(existing.map(\.record.name) == ["a_9", "a_10"])
      #expect(existing.map(\.isPresent) == [true, true])
      try await other.set("b { n: 1 }")
      try await other.set("b { n: 1, m: 1 }")
      try await other.set("b { n: 3 }")
      try await other.delete("a_9")
      try await other.set("c { n: 1 }")
      let since = try await changes.take(5)
      #expect(since.map(\.kind) == [.set, .set, .out, .deleted, .set])
      #expect(since.map(\.record.name) == ["b", "b", "b", "a_9", "c"])
      #expect(since[2].record == "b { n: 3 }")
      #expect(since[3].record == "a_9 { n: 1 }")
      #expect(since[4].previous == nil)
      #expect(since[1].previous == since[0].revision)
      #expect(since.map(\.revision) == since.map(\.revision).sorted())
    }
  }

  @Test(arguments: Backend.allCases)
  func observeReadsAndWatchesInOneStep(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("a")
      let observed = try await octopus.observe("_")
      #expect(observed.records == ["a"])
      try await octopus.set("b")
      var changes = observed.changes.makeAsyncIterator()
      let change = try #require(try await changes.next())
      #expect(change.record == "b")
      #expect(change.revision == observed.revision + 1)
    }
  }

  @Test(arguments: Backend.allCases)
  func triggerIsRemovedWithItsConsumer(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("a")
      // A loop that is left.
      for try await _ in octopus.watch("_") { break }
      #expect(try await fixture.figure("triggers", octopus) == 0)
      // A sequence that is dropped without being iterated.
      do { _ = try await octopus.observe("_") }
      #expect(try await fixture.figure("triggers", octopus) == 0)
      // An iterator that is dropped, while its sequence stays.
      let observed = try await octopus.observe("_")
      #expect(try await fixture.figure("triggers", octopus) == 1)
      try await octopus.set("b")
      do {
        var iterator = observed.changes.makeAsyncIterator()
        #expect(try await iterator.next() != nil)
      }
      #expect(try await fixture.figure("triggers", octopus) == 0)
      var again = observed.changes.makeAsyncIterator()
      #expect(try await again.next() == nil)
    }
  }

  @Test(arguments: Backend.allCases)
  func oneTimeTriggerEndsItsSequence(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let reply = try await octopus.run(.get("a"), trigger: .once(.set, when: .missing))
      #expect(try reply.value == nil)
      let changes = try #require(reply.changes)
      try await octopus.set("a { n: 1 }")
      try await octopus.set("a { n: 2 }")
      var records: [Record] = []
      for try await change in changes { records.append(change.record) }
      #expect(records == ["a { n: 1 }"])
      #expect(try await octopus.run(.get("a"), trigger: .once(.set, when: .missing)).changes == nil)
      #expect(try await fixture.figure("triggers", octopus) == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func persistentTriggerReportsOneKind(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let written = try await octopus.run(.set("a { n: 1 }"), trigger: .persistent(.deleted))
      #expect(try written.value)
      for _ in 0..<3 {
        try await octopus.set("a")
        try await octopus.delete("a")
      }
      let changes = try #require(written.changes)
      var iterator = changes.makeAsyncIterator()
      #expect(try await iterator.take(3).map(\.kind) == [.deleted, .deleted, .deleted])
    }
  }

  @Test(arguments: Backend.allCases)
  func triggerIsInstalledThoughTheWriteIsRefused(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("lock { owner: 1 }")
      let reply = try await octopus.run(
        .set("lock { owner: 2, owner == 0 }"), trigger: .once(.any))
      await expectRefusal(.mismatch) { () throws(OctopusError) in _ = try reply.value }
      let changes = try #require(reply.changes)
      try await octopus.set("lock { owner: 0 }")
      var iterator = changes.makeAsyncIterator()
      #expect(try await iterator.next()?.record == "lock { owner: 0 }")
    }
  }

  @Test(arguments: Backend.allCases)
  func overflowEndsOnlyTheSlowSequence(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect(OctopusClient.Options(bufferLimit: 8))
      let slow = try await octopus.observe("_")
      let quick = try await octopus.observe("_")
      let messages = try await octopus.subscribe("_")
      var consumer = quick.changes.makeAsyncIterator()
      for number in 0..<20 {
        try await octopus.set("a { n: \(number) }")
        #expect(try await consumer.next()?.record["n"] == .integer(Int64(number)))
      }
      // Its trigger went at once, not when its consumer noticed.
      #expect(try await fixture.figure("triggers", octopus) == 1)
      var late = slow.changes.makeAsyncIterator()
      #expect(try await late.take(8).count == 8)
      await expectFailure(.overflow) { () throws(OctopusError) in
        _ = try await late.next(isolation: nil)
      }
      #expect(try await late.next() == nil)
      // Subscriptions likewise.
      for number in 0..<9 { try await octopus.publish("m { n: \(number) }") }
      #expect(try await fixture.figure("subscriptions", octopus) == 0)
      var reader = messages.makeAsyncIterator()
      #expect(try await reader.take(8).count == 8)
      await expectFailure(.overflow) { () throws(OctopusError) in
        _ = try await reader.next(isolation: nil)
      }
      // And the connection is as before.
      try await octopus.set("b")
      #expect(try await consumer.next()?.record == "b")
    }
  }
}
