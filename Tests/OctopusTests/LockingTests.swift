// Locks in scopes: one holder at a time, first come first served, released however a scope ends.

import Octopus
import Testing

struct LockingTests {
  @Test(arguments: Backend.allCases)
  func lockAdmitsOneHolder(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let clients = [try await fixture.connect(), try await fixture.connect()]
      let room = ConcurrencyCounter()
      var tokens: [Int64] = []
      try await withThrowingTaskGroup(of: Int64.self) { group in
        for task in 0..<40 {
          group.addTask {
            try await clients[task % 2].withLock("printer") { lock in
              #expect(lock.member.hasPrefix("printer_"))
              room.enter()
              try await clients[(task + 1) % 2].ping()
              room.leave()
              return lock.token
            }
          }
        }
        for try await token in group { tokens.append(token) }
      }
      #expect(room.most == 1)
      #expect(Set(tokens).count == 40)
      #expect(try await clients[0].count("_ { lock: 'printer' }") == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func sharedHoldersHoldTogether(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let writer = try await octopus.lock("page")
      // Both must be inside at once to get on.
      async let first: Void = octopus.withLock("page", shared: true) { _ in
        try await octopus.barrier("readers", parties: 2).enter()
      }
      async let second: Void = octopus.withLock("page", shared: true) { _ in
        try await octopus.barrier("readers", parties: 2).enter()
      }
      try await octopus.waitFor("_ { lock: 'page', mode: shared }", count: 2)
      await expectFailure(.timeout) { () throws(OctopusError) in
        _ = try await octopus.lock("page", shared: true, timeout: .zero)
      }
      try await writer.release()
      _ = try await (first, second)
      try await octopus.waitFor(gone: "_ { lock: 'page' }")
    }
  }

  @Test(arguments: Backend.allCases)
  func timeLimitEndsTheWaitForALock(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.withLock("a") { _ in
        await expectFailure(.timeout) { () throws(OctopusError) in
          _ = try await octopus.lock("a", timeout: .zero)
        }
        await expectFailure(.timeout) { () throws(OctopusError) in
          _ = try await octopus.lock("a", timeout: .nanoseconds(1))
        }
        let members = try await octopus.count("_ { lock: 'a' }")
        #expect(members == 1)
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func errorsReleaseTheLock(_ backend: Backend) async throws {
    struct Mistake: Error {}
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      await #expect(throws: Mistake.self) {
        try await octopus.withLock("a") { _ in throw Mistake() }
      }
      try await octopus.withLock("a", timeout: .seconds(600)) { _ in }
      // Dropping the lock releases it, too.
      _ = try await octopus.lock("a")
      try await octopus.withLock("a", timeout: .seconds(600)) { _ in }
    }
  }

  /// Either the grant or the cancellation wins; no member is left.
  @Test(arguments: Backend.allCases)
  func cancelledLockLeavesNoMember(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      for round in 0..<60 {
        let held = try await octopus.lock("a")
        let waiting = Task {
          try await other.withLock("a") { _ in _ = try await other.waitFor("never") }
        }
        if round % 3 > 0 { try await octopus.waitFor("_ { lock: 'a' }", count: 2) }
        if round % 2 == 0 { waiting.cancel() }
        try await held.release()
        waiting.cancel()
        let failure = await waiting.result
        #expect(throws: (any Error).self) { try failure.get() }
        try await octopus.waitFor(gone: "_ { lock: 'a' }")
      }
      #expect(try await fixture.figure("waits", octopus) == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func lostSessionCancelsTheScope(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      let holding = Task {
        try await octopus.withLock("a") { _ in
          // Until it is cancelled, since the lock is lost.
          _ = try await other.waitFor("never")
        }
      }
      try await other.waitFor("_ { lock: 'a' }")
      octopus.close()
      await expectFailure(.connectionLost, of: holding)
      try await other.withLock("a") { _ in }
    }
  }

  @Test(arguments: Backend.allCases)
  func deletingMembersEndsTheWaitAndTheHold(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, other) = (try await fixture.connect(), try await fixture.connect())
      let lock = try await octopus.lock("a")
      let waiting = Task { try await octopus.withLock("a") { _ in } }
      try await other.waitFor("_ { lock: 'a' }", count: 2)
      let members = try await other.names("_ { lock: 'a' }")
      #expect(members.first == lock.member)
      try await other.delete("\(members[1])")
      await expectFailure(.saying("deleted"), of: waiting)
      try await other.delete("\(lock.member)")
      #expect(try await lock.loss() == .lost(lock.member))
      await expectFailure(.only(.lost(lock.member))) { () throws(OctopusError) in
        try await lock.release()
      }
      try await lock.release()
    }
  }
}
