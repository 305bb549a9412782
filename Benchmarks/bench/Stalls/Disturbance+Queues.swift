import Foundation
import RESP

// Locks, semaphores and barriers that very many wait for.

extension Disturbance {
  static let queues = [
    release("lock.shared", 300_000, of: ["LOCK", "big"], waiting: ["LOCK", "big", "SHARED"]) { _ in
      ["UNLOCK", "big"]
    },
    Disturbance("lock.shared.end", isRepeatable: false) { server in
      let holder = try server.client()
      try holder.ask("LOCK", "big")
      let count = server.count(300_000)
      let waiters = try server.waiters(count, ["LOCK", "big", "SHARED"])
      try holder.ask("UNLOCK", "big")
      try waiters.awaitPushes(count)
      return {
        waiters.wire.end()
        try server.awaitEnd(of: "locks")
        return .integer(0)
      }
    },
    Disturbance("lock.taken", isRepeatable: false, "LOCK", "l"),
    Disturbance("lock.timeouts", isRepeatable: false) { server in
      try server.client().ask("LOCK", "m")
      let client = try server.client()
      let count = server.count(300_000)
      let moment = ContinuousClock.now + .seconds(1 + count / 25_000)
      try client.load(count) {
        let left = Int(ContinuousClock.now.duration(to: moment).seconds * 1_000)
        return ["LOCK", "m", "AS", "\($0)", "DEFER", "\($0)", "TIMEOUT", "\(max(left, 0))"]
      }
      let rest = ContinuousClock.now.duration(to: moment).seconds - 0.1
      precondition(rest > 0, "some limits may have passed already")
      Thread.sleep(forTimeInterval: rest)
      return {
        try client.awaitPushes(count)
        return .integer(Int64(count))
      }
    },
    release("semaphore.post", 100_000, of: permit, waiting: permit) {
      ["SEM", "POST", "pool", "\($0)"]
    },
    release("semaphore.post.one", 100_000, of: permit, waiting: permit, asOneHolder: true) {
      ["SEM", "POST", "pool", "\($0)"]
    },
    release("semaphore.deletion", 300_000, of: permit, waiting: permit) { _ in ["DEL", "pool"] },
    Disturbance("barrier.enter") { server in
      let parties = server.count(10_000)
      let others = try server.waiters(parties - 1, ["BARRIER", "ENTER", "start", "\(parties)"])
      let client = try server.client()
      return {
        let reply = try client.answer(["BARRIER", "ENTER", "start", "\(parties)"])
        try others.awaitPushes(parties - 1)
        return reply
      }
    },
    Disturbance("barrier.end") { server in
      let parties = server.count(10_000)
      let others = try server.waiters(parties - 1, ["BARRIER", "ENTER", "start", "\(parties)"])
      return {
        others.wire.end()
        try server.awaitEnd(of: "barriers")
        return .integer(0)
      }
    },
  ]

  private static let permit = ["SEM", "WAIT", "pool"]

  /// A command of a holder that ends the waits of many.
  private static func release(
    _ name: String, _ count: Int, of hold: [String], waiting wait: [String],
    asOneHolder: Bool = false, _ words: @escaping @Sendable (Int) -> [String]
  ) -> Disturbance {
    Disturbance(name, isRepeatable: false) { server in
      let count = server.count(count)
      let holder = try server.client()
      try holder.ask("DEL", "pool")
      try holder.ask("SEM", "NEW", "pool", "1")
      try holder.ask(hold)
      let waiters = try server.waiters(count, wait, asOneHolder: asOneHolder)
      return {
        let reply = try holder.answer(words(count))
        try waiters.awaitPushes(count)
        return reply
      }
    }
  }
}

extension LoadedServer {
  /// A client with many deferred waits.
  fileprivate func waiters(
    _ count: Int, _ wait: [String], asOneHolder: Bool = false
  ) throws -> Client {
    let client = try client()
    try client.load(count) {
      wait + (asOneHolder ? [] : ["AS", "\($0)"]) + ["DEFER", "\($0)"]
    }
    return client
  }
}
