// A holder notices that it has lost a lock: the record is deleted, or the session ends.

import Octopus
import Testing

struct LossTests {
  @Test(arguments: Backend.allCases)
  func deletingTheMemberCancelsTheScope(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      let holding = Task {
        try await octopus.withLock("a") { _ in
          // Until it is cancelled, since the lock is lost.
          try await octopus.waitFor("never")
        }
      }
      try await other.waitFor("_ { lock: 'a' }")
      try await other.delete("a_0")
      await expectFailure(.only(.lost("a_0")), of: holding)
      try await other.withLock("a") { _ in }
      // After the first the replies have come and what they installed is removed; after the second
      // the server has read that.
      for _ in 0..<2 { try await octopus.ping() }
      #expect(try await fixture.figure("triggers", other) == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func deletingTheMemberBeforeTheBodyEndsFailsTheScope(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      let holding = Task {
        try await octopus.withLock("a") { lock in _ = try await other.delete("\(lock.member)") }
      }
      await expectFailure(.only(.lost("a_0")), of: holding)
    }
  }

  @Test(arguments: Backend.allCases)
  func deletingTheSemaphoreCancelsTheScope(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      try await other.semaphore("s").create(permits: 2)
      let holding = Task {
        try await octopus.withPermit("s") { try await octopus.waitFor("never") }
      }
      let permit = try await octopus.semaphore("s").acquire()
      try await other.waitFor("s { permits: 0 }")
      try await other.delete("s")
      await expectFailure(.only(.lost("s")), of: holding)
      #expect(try await permit.loss() == .lost("s"))
      await expectFailure(.only(.lost("s"))) { () throws(OctopusError) in
        try await permit.release()
      }
      // A new semaphore of this name gets nothing from the old one's holders.
      try await other.semaphore("s").create(permits: 1)
      try await permit.release()
      #expect(try await other.get("s")?["permits"] == 1)
    }
  }

  @Test(arguments: Backend.allCases)
  func deletingThePartyCancelsTheScope(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      let barrier = octopus.barrier("b", parties: 1)
      let inside = Task { try await barrier.run { try await octopus.waitFor("never") } }
      try await other.waitFor("_ { barrier: 'b' }")
      try await other.delete("b_0")
      await expectFailure(.only(.lost("b_0")), of: inside)
    }
  }

  @Test(arguments: Backend.allCases)
  func deletingTheRecordOfAServiceIsItsLoss(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      let service = try await octopus.register("web { port: 80 }")
      try await service.update(["state": "ready"])
      async let loss = service.loss()
      try await other.delete("web")
      #expect(try await loss == .lost("web"))
      try await service.withdraw()
    }
  }

  @Test(arguments: Backend.allCases)
  func endOfTheSessionIsALossToAllThatWait(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.semaphore("s").create(permits: 1)
      let lock = try await octopus.lock("a")
      let permit = try await octopus.semaphore("s").acquire()
      async let first = lock.loss()
      async let second = lock.loss()
      async let third = permit.loss()
      octopus.close()
      for loss in [try await first, try await second, try await third] {
        #expect(loss?.isConnectionLost == true, "\(loss as Any)")
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func releaseIsNoLossAndLeavesNoTrigger(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.semaphore("s").create(permits: 1)
      let lock = try await octopus.lock("a")
      let permit = try await octopus.semaphore("s").acquire()
      let service = try await octopus.register("web_", numbered: true)
      let barrier = octopus.barrier("b", parties: 1)
      #expect(try await barrier.loss() == nil)
      try await barrier.enter()
      let losses = [
        Task { try await lock.loss() }, Task { try await permit.loss() },
        Task { try await service.loss() }, Task { try await barrier.loss() },
      ]
      try await lock.release()
      try await permit.release()
      try await service.withdraw()
      try await barrier.leave()
      for loss in losses { #expect(try await loss.value == nil) }
      #expect(try await lock.loss() == nil)
      #expect(try await fixture.figure("triggers", octopus) == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func cancellingTheWaitForALossKeepsTheLock(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let lock = try await octopus.lock("a")
      let waiting = Task { try await lock.loss() }
      waiting.cancel()
      await expectFailure(.cancelled, of: Task { _ = try await waiting.value })
      #expect(try await octopus.exists("\(lock.member)"))
      try await lock.release()
    }
  }

  @Test(arguments: Backend.allCases)
  func droppingTheLastReferenceReleases(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      try await octopus.semaphore("s").create(permits: 1)
      _ = try await octopus.semaphore("s").acquire()
      _ = try await octopus.barrier("b", parties: 1).enter()
      _ = try await octopus.register("web")
      try await other.waitFor("s { permits: 1 }")
      try await other.waitFor(gone: "r'^(b_|web)'")
    }
  }
}
