// Time limits, on a clock that the test moves.

import Octopus
import Testing

struct TimeLimitTests {
  @Test func waitEndsAtItsTimeLimit() async throws {
    let clock = OctopusClient.ManualClock()
    let fixture = EmbeddedFixture(clock: clock)
    let octopus = try await fixture.connect()
    try await octopus.set("a")
    let waits = [
      Task { _ = try await octopus.waitFor("b", timeout: .seconds(5)) },
      Task { try await octopus.waitFor("_", count: 2, timeout: .seconds(5)) },
      Task { try await octopus.waitFor(gone: "a", timeout: .seconds(5)) },
    ]
    await clock.untilSleepers(3)
    clock.advance(by: .milliseconds(4_999))
    #expect(try await fixture.figure("triggers", octopus) == 3)
    clock.advance(by: .milliseconds(1))
    for wait in waits {
      await expectFailure(.timeout, of: wait)
    }
    #expect(try await fixture.figure("triggers", octopus) == 0)
  }

  @Test func timeLimitAfterTheAnswerHasNoEffect() async throws {
    let clock = OctopusClient.ManualClock()
    let octopus = OctopusClient.embedded(clock: clock)
    async let found = octopus.waitFor("a", timeout: .seconds(5))
    await clock.untilSleepers(1)
    try await octopus.set("a")
    #expect(try await found == "a")
    clock.advance(by: .seconds(10))
    // A limit beyond all time is none, and no arithmetic fails on it.
    #expect(try await octopus.waitFor("a", timeout: .seconds(Int64.max)) == "a")
  }

  /// The engine takes a hundred years at most: what is longer is that long.
  @Test(arguments: [Duration.seconds(Int64.max), .seconds(1 << 40), .seconds(3_153_600_001)])
  func timeLimitAboveTheMaximumIsShortened(timeout: Duration) async throws {
    let octopus = OctopusClient.embedded()
    let token = try await octopus.withLock("l", timeout: timeout) { $0.token }
    #expect(token == 1)
  }

  @Test func engineEndsALockWaitAtItsTimeLimit() async throws {
    let clock = OctopusClient.ManualClock()
    let octopus = OctopusClient.embedded(clock: clock)
    let lock = try await octopus.lock("a")
    let second = Task { _ = try await octopus.lock("a", timeout: .milliseconds(500)) }
    // The engine's alarm.
    await clock.untilSleepers(1)
    clock.advance(by: .milliseconds(500))
    await expectFailure(.timeout, of: second)
    #expect(try await octopus.names("_ { lock: 'a' }") == [lock.member])
  }

  @Test func answerAndTimeLimitAtOnceGiveOneResult() async throws {
    for _ in 0..<200 {
      let clock = OctopusClient.ManualClock()
      let fixture = EmbeddedFixture(clock: clock)
      let octopus = try await fixture.connect()
      let wait = Task { try await octopus.waitFor("a", timeout: .seconds(1)) }
      await clock.untilSleepers(1)
      async let set = octopus.set("a")
      clock.advance(by: .seconds(1))
      _ = try await set
      switch await wait.result {
      case .success(let record): #expect(record == "a")
      case .failure(let error): #expect(error as? OctopusError == .timeout)
      }
      #expect(try await fixture.figure("triggers", octopus) == 0)
    }
  }
}

struct ManualClockTests {
  @Test func sleepersWakeInOrder() async throws {
    let clock = OctopusClient.ManualClock()
    let order = AsyncStream<Int>.makeStream()
    let sleepers = [3, 1, 2].map { seconds in
      Task {
        try await clock.sleep(for: .seconds(seconds))
        order.continuation.yield(seconds)
      }
    }
    await clock.untilSleepers(3)
    var woken = order.stream.makeAsyncIterator()
    for seconds in 1...3 {
      clock.advance(by: .seconds(1))
      #expect(await woken.next() == seconds)
    }
    for sleeper in sleepers { try await sleeper.value }
    #expect(clock.now.offset == .seconds(3))
    try await clock.sleep(until: clock.now)
  }

  @Test func cancelledSleepersWakeAtOnce() async throws {
    let clock = OctopusClient.ManualClock()
    let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
    await clock.untilSleepers(1)
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    let late = Task {
      await untilCancelled()
      try await clock.sleep(for: .seconds(1))
    }
    late.cancel()
    await #expect(throws: CancellationError.self) { try await late.value }
  }
}
