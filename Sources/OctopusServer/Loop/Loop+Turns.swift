import CPlatform
import OctopusEngine

import struct Synchronization.Atomic

// When the loop works: in turns, of which there is one at a time. It takes one whenever something has come. While
// it sleeps, another loop that has a little for it takes one in its stead: to do that costs less than to wake it.
extension Loop {
  /// Serves until it has been stopped: what the loop's thread does.
  func serve() {
    var ready = Array(repeating: Poller.Ready(), count: Poller.most)
    var busyPoll = BusyPoll(microseconds: hub.busyPollMicroseconds, loops: hub.loopCount)
    var count = 0
    while let end = turn.withLock({ _ in work(on: ready, count) }) {
      count = busyPoll?.look { poller.wait(&ready, milliseconds: 0) } ?? 0
      if count == 0 { count = poller.wait(&ready, milliseconds: Self.milliseconds(until: end)) }
    }
  }

  /// Does all that there is to do, and answers until when it may sleep then; nil: it is to stop.
  private func work(on ready: [Poller.Ready], _ count: Int) -> Int64? {
    isAsleep.store(false, ordering: .relaxed)
    defer { isAsleep.store(true, ordering: .relaxed) }
    now = Clock.monotonicMicroseconds()
    for place in 0..<count where ready[place].id != Poller.bell {
      clients[ready[place].id]?.hear(Poller.State(rawValue: ready[place].state))
    }
    // To look is cheap, to exchange is not.
    if isNeeded.load(ordering: .relaxed),
      isNeeded.exchange(false, ordering: .acquiringAndReleasing)
    {
      switchboard.collect(for: index, into: &inbox)
      deliver()
    }
    passTime()
    settle()
    sleepsUntil = deadline
    return isStopped ? nil : sleepsUntil
  }

  private func passTime() {
    if let timer, timer <= now / 1_000 {
      self.timer = nil
      complete(switchboard.tick(timer: timer, now: now / 1_000, for: index, into: &inbox))
    }
    carryOutDueAttempts()
    dismissLate()
  }

  /// When it is time for something, in microseconds.
  private var deadline: Int64 {
    min(timer.map { $0 * 1_000 } ?? .max, strangers.end, lingering.end, heldAttempts.end)
  }

  /// Rounded up: who wakes too early has to sleep again.
  private static func milliseconds(until end: Int64) -> Int32 {
    guard end < .max else { return -1 }
    let rest = max(0, end - Clock.monotonicMicroseconds())
    return Int32(clamping: (rest + 999) / 1_000)
  }
}

// For other threads.
extension Loop {
  /// Has this loop look at its FIFO soon.
  func wake() {
    if !isNeeded.exchange(true, ordering: .acquiringAndReleasing) { poller.ring() }
  }

  /// Sees to it that what stands in this loop's FIFO is done: here and now, if it sleeps and that is little.
  func attend() {
    let mayBeHad = isAsleep.load(ordering: .relaxed)
    let isDone = mayBeHad ? turn.withLockIfAvailable { _ in takeTurnInItsStead() } ?? false : false
    if !isDone { wake() }
  }

  /// Delivers and writes; false if there is more to do than that.
  private func takeTurnInItsStead() -> Bool {
    switchboard.collect(for: index, into: &inbox)
    guard inbox.isSmall else { return false }
    isStoodInFor = true
    defer { isStoodInFor = false }
    now = Clock.monotonicMicroseconds()
    deliver()
    write()
    return !hasRequests && deadline >= sleepsUntil
  }

  /// Lets go of what came too late, once the loop's thread has ended.
  func clear() {
    turn.withLock { _ in
      switchboard.collect(for: index, into: &inbox)
      deliver()
    }
  }

  /// Has this loop do something, in order with all else that is meant for it.
  func post(_ errand: @escaping Fifo.Errand) {
    if switchboard.post(errand, to: index) { wake() }
  }
}
