import Foundation
import OctopusSystem

/// The client that is held up: it sends PING after PING, from a thread of its own, and keeps the
/// longest time until a reply.
final class Pinger: Sendable {
  private struct State {
    var worst = 0.0
    /// How many PINGs have their replies.
    var count = 0
    var failure: (any Error)?
  }

  private let state = Mutex(State())

  init(at socket: String) {
    // Until the server ends.
    Thread { self.run(socket) }.start()
  }

  private func run(_ socket: String) {
    // So that it notices a reply at once. Not everybody is permitted to.
    var priority = sched_param(sched_priority: 40)
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority)
    do {
      let wire = try Wire(.unix(path: socket))
      let ping = command(["PING"])
      while true {
        let begin = ContinuousClock.now
        try wire.send(ping)
        try wire.skip("+PONG\r\n".utf8.count)
        let taken = begin.duration(to: .now).seconds
        state.withLock {
          $0.worst = max($0.worst, taken)
          $0.count += 1
        }
        usleep(300)
      }
    } catch {
      state.withLock { $0.failure = error }
    }
  }

  /// The longest time in seconds since the last call. Waits for the PING that is under way, and for
  /// another.
  func takeWorst() throws -> Double {
    let before = state.withLock { $0.count }
    while true {
      let worst: Double? = try state.withLock { pings in
        if let failure = pings.failure { throw failure }
        guard pings.count > before + 1 else { return nil }
        defer { pings.worst = 0 }
        return pings.worst
      }
      if let worst { return worst }
      usleep(500)
    }
  }
}
