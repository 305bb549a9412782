import BenchmarkResults
import Foundation
import RESP

/// Hand-over among clients that poll: each asks again as soon as it reads that it did not get the
/// lock. No client that polls could get it sooner, at whatever cost. Each has its own thread, since
/// all of them work all the time.
final class PollingHandOver: Candidate {
  private let clients: [Client]
  private let recipe: Recipe

  init(at socket: String, members: Int) throws {
    clients = try (0..<members).map { _ in try Client(socket) }
    recipe = try Recipe.setNX(clients[0])
  }

  func once() { preconditionFailure("measured by run(for:) alone") }

  func run(for seconds: Double) throws -> Double {
    let run = PollingRun(take: command(recipe.take), give: command(recipe.give))
    let threads = clients.map { client in
      // Safe: only its thread uses it until that has ended.
      nonisolated(unsafe) let client = client
      let thread = Thread { run.poll(as: client) }
      thread.stackSize = 256 << 10
      thread.start()
      return thread
    }
    run.end(after: seconds, threads: threads.count)
    try clients[0].ask("DEL", "held")
    return try run.median()
  }
}

/// The state that the threads share.
// Safe: everything that changes is guarded by the condition's lock.
private final class PollingRun: @unchecked Sendable {
  private let take: [UInt8]
  private let give: [UInt8]
  private let condition = NSCondition()
  /// The number of grants.
  private var round = 0
  private var releasedAt: ContinuousClock.Instant?
  private var times: [Double] = []
  private var isOver = false
  private var gone = 0
  private var failure: (any Error)?

  init(take: [UInt8], give: [UInt8]) {
    self.take = take
    self.give = give
  }

  /// Until the end: gets the lock, holds it for a moment, releases it, and waits until another has
  /// it.
  func poll(as client: Client) {
    do {
      while try acquire(client) {
        let round = noteGrant()
        usleep(200)
        condition.withLock { releasedAt = .now }
        try client.send(give)
        _ = try client.receive()
        condition.withLock {
          while self.round == round, !isOver { condition.wait() }
        }
      }
    } catch {
      condition.withLock {
        failure = error
        isOver = true
      }
    }
    condition.withLock {
      gone += 1
      condition.broadcast()
    }
  }

  /// Whether the client got the lock before the end.
  private func acquire(_ client: Client) throws -> Bool {
    while !condition.withLock({ isOver }) {
      try client.send(take)
      if try client.receive() != .null { return true }
    }
    return false
  }

  private func noteGrant() -> Int {
    let now = ContinuousClock.now
    return condition.withLock {
      if let releasedAt { times.append(releasedAt.duration(to: now).seconds) }
      round += 1
      condition.broadcast()
      return round
    }
  }

  func end(after seconds: Double, threads count: Int) {
    let end = Date(timeIntervalSinceNow: seconds)
    condition.withLock {
      while !isOver, Date.now < end { _ = condition.wait(until: end) }
      while !isOver, times.count < 3 { condition.wait() }
      isOver = true
      condition.broadcast()
      while gone < count { condition.wait() }
    }
  }

  func median() throws -> Double {
    try condition.withLock {
      if let failure { throw failure }
      return BenchmarkResults.median(times)
    }
  }
}
