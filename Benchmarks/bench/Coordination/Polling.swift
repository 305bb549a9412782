import BenchmarkResults
import Foundation
import RESP

/// Hand-over among those who ask again as soon as they hear that they did not get it: nobody who
/// polls could get it sooner, whatever that costs.
///
/// All of them are at it all the time, so each is a thread of its own; of those who wait for an
/// answer only one is at it.
final class Polling: Contender {
  private let clients: [Client]
  private let recipe: Recipe

  init(at socket: String, members: Int) throws {
    clients = try (0..<members).map { _ in try Client(socket) }
    recipe = try Recipe.setNX(clients[0])
  }

  func once() { preconditionFailure("it runs by itself") }

  func run(for seconds: Double) throws -> Double {
    let game = Game(take: command(recipe.take), give: command(recipe.give))
    let threads = clients.map { client in
      // Safe: until its thread has ended nobody else touches it.
      nonisolated(unsafe) let client = client
      let thread = Thread { game.play(client) }
      thread.stackSize = 256 << 10
      thread.start()
      return thread
    }
    game.end(after: seconds, playedBy: threads.count)
    try clients[0].ask("DEL", "held")
    return try game.typical()
  }
}

/// What the threads share.
// Safe: all that changes does so under the condition's lock.
private final class Game: @unchecked Sendable {
  private let take: [UInt8]
  private let give: [UInt8]
  private let condition = NSCondition()
  /// How often somebody got it.
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

  /// Until it is over: gets it, has it for a moment, gives it back, and stands aside until another has it.
  func play(_ client: Client) {
    do {
      while try poll(client) {
        let round = note()
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

  /// Whether it got it, before it was over.
  private func poll(_ client: Client) throws -> Bool {
    while !condition.withLock({ isOver }) {
      try client.send(take)
      if try client.receive() != .null { return true }
    }
    return false
  }

  private func note() -> Int {
    let now = ContinuousClock.now
    return condition.withLock {
      if let releasedAt { times.append(releasedAt.duration(to: now).seconds) }
      round += 1
      condition.broadcast()
      return round
    }
  }

  func end(after seconds: Double, playedBy count: Int) {
    let end = Date(timeIntervalSinceNow: seconds)
    condition.withLock {
      while !isOver, Date.now < end { _ = condition.wait(until: end) }
      while !isOver, times.count < 3 { condition.wait() }
      isOver = true
      condition.broadcast()
      while gone < count { condition.wait() }
    }
  }

  func typical() throws -> Double {
    try condition.withLock {
      if let failure { throw failure }
      return median(times)
    }
  }
}
