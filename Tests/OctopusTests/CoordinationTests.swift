// Semaphores, barriers, elections and services, as a program in Swift uses them.

import Octopus
import Testing

struct CoordinationTests {
  @Test(arguments: Backend.allCases)
  func permitsBoundConcurrency(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let clients = [try await fixture.connect(), try await fixture.connect()]
      let workers = clients[0].semaphore("workers")
      await expectRefusal(.noSemaphore) { () throws(OctopusError) in try await workers.post() }
      try await workers.create(permits: 3)
      try await workers.create(permits: 3)
      await expectRefusal(.busy) { () throws(OctopusError) in try await workers.create(permits: 4) }
      let inside = ConcurrencyCounter()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<40 {
          let count = task % 3 + 1
          group.addTask {
            try await clients[task % 2].withPermit("workers", count) {
              inside.enter(count)
              try await clients[task % 2].ping()
              inside.leave(count)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(inside.most == 3)
      try await clients[0].waitFor("workers { permits: 3 }")
      #expect(try await clients[0].count("_ { semaphore: 'workers' }") == 1)
    }
  }

  @Test(arguments: Backend.allCases)
  func postedPermitsAreConsumed(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (producer, consumer) = (try await fixture.connect(), try await fixture.connect())
      try await producer.semaphore("jobs").create(permits: 0)
      await expectFailure(.timeout) { () throws(OctopusError) in
        try await consumer.semaphore("jobs").consume(timeout: .zero)
      }
      async let first: Void = consumer.semaphore("jobs").consume()
      async let second: Void = consumer.semaphore("jobs").consume(2)
      try await producer.waitFor("_ { semaphore: 'jobs', state: waiting }", count: 2)
      try await producer.semaphore("jobs").post(3)
      _ = try await (first, second)
      #expect(try await producer.get("jobs")?["permits"] == 0)
      let third = Task { try await consumer.semaphore("jobs").consume() }
      try await producer.waitFor("_ { semaphore: 'jobs', state: waiting }")
      try await producer.delete("jobs")
      await expectFailure(Expected { $0.code == .gone }, of: third)
    }
  }

  @Test(arguments: Backend.allCases)
  func partiesMeetOnEnteringAndLeaving(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let rounds = (0..<6).map { _ in ConcurrencyCounter() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          let barrier = octopus.barrier("round", parties: 4)
          group.addTask {
            for round in 0..<6 {
              try await barrier.run { rounds[round].enter() }
              #expect(rounds[round].total == 4)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await octopus.count("_ { barrier: 'round' }") == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func deadPartyBreaksTheBarrier(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      let (mine, theirs) = (
        octopus.barrier("b", parties: 2), other.barrier("b", parties: 2)
      )
      await expectRefusal(.notHeld) { () throws(OctopusError) in try await mine.leave() }
      await expectFailure(.timeout) { () throws(OctopusError) in
        try await mine.enter(timeout: .zero)
      }
      let tooEarly = Task { try await mine.enter() }
      try await other.waitFor("_ { barrier: 'b' }")
      tooEarly.cancel()
      await expectFailure(.cancelled, of: Task { _ = try await tooEarly.value })
      try await other.waitFor(gone: "_ { barrier: 'b' }")
      async let entered = mine.enter()
      try await theirs.enter()
      let member = try await entered
      #expect(member.hasPrefix("b_"))
      let leaving = Task { try await mine.leave() }
      try await other.waitFor("_ { barrier: 'b' }", count: 1)
      other.close()
      await expectFailure(Expected { $0.code == .broken }, of: leaving)
    }
  }

  @Test(arguments: Backend.allCases)
  func nextCandidateLeadsAfterResignation(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other, watcher) = (
        try await fixture.connect(), try await fixture.connect(), try await fixture.connect()
      )
      #expect(try await watcher.election("indexer").leader() == nil)
      let first = try await octopus.election("indexer").campaign(with: ["addr": "desk 1"])
      var leaders = watcher.election("indexer").leaders.makeAsyncIterator()
      let before = try #require(try await leaders.next() ?? nil)
      #expect(before.record["addr"] == "desk 1" && before.token == first.token)
      #expect(try await watcher.election("indexer").leader() == before)
      let second = Task {
        try await other.election("indexer").campaign(with: ["addr": "desk 2"]) { leadership in
          try await watcher.waitFor("retire")
          return leadership.token
        }
      }
      try await watcher.waitFor("_ { lock: 'indexer', addr: 'desk 2' }")
      try await first.release()
      let after = try #require(try await leaders.next() ?? nil)
      #expect(after.record["addr"] == "desk 2" && after.token > before.token)
      try await watcher.set("retire")
      #expect(try await second.value == after.token)
      let last: OctopusClient.Leader?? = try await leaders.next()
      #expect(last == .some(nil))
      await expectRefusal(.syntax) { () throws(OctopusError) in
        _ = try await octopus.election("indexer").campaign(with: ["lock": "mine"])
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func servicesAreFoundUntilWithdrawn(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      async let found = other.lookUp("_ { kind: 'web', state: 'ready' }", within: nil)
      #expect(try await other.lookUp("service.web") == nil)
      let service = try await octopus.register("service.web { kind: 'web', port: 80 }")
      await expectRefusal(.busy) { () throws(OctopusError) in
        _ = try await other.register("service.web { port: 81 }")
      }
      try await service.update(["state": "ready"])
      #expect(try await found["port"] == 80)
      #expect(service.record == "service.web { kind: 'web', port: 80, state: 'ready' }")
      try await service.withdraw()
      #expect(try await other.lookUp("service.web") == nil)
      // Another's is not touched.
      let later = try await other.register("service.web { port: 81 }")
      try await service.withdraw()
      #expect(try await octopus.lookUp("service.web") == later.record)
      let numbered = try await octopus.register("worker_ { pid: 1 }", numbered: true)
      #expect(try await other.lookUp("\(numbered.record.name)") == numbered.record)
      octopus.close()
      try await other.waitFor(gone: "_ { pid: 1 }")
    }
  }
}
