import OctopusSystem

import struct Synchronization.Atomic

/// One thread that serves connections: it waits for their sockets, carries out what they ask, and
/// writes the replies.
///
/// All state that changes is in `LoopState`, inside the lock; the loop's thread holds the lock
/// whenever it does not sleep.
final class EventLoop: Sendable {
  typealias Task = @Sendable (LoopState) -> Void

  let index: Int
  let state: Mutex<LoopState>
  let poller: Poller
  private let engine: EngineHost
  private let busyPollMicroseconds: Int64
  private let loopCount: Int
  /// Whether the thread is blocked in `epoll_wait`, so that another can take the lock. Other
  /// threads look here first: to try a lock that is held costs two system calls.
  let isAsleep = Atomic<Bool>(false)
  /// Whether another thread has left something in the mailbox since the loop looked there.
  private let hasMail = Atomic<Bool>(false)

  init(_ index: Int, of context: ServerContext) throws(SystemError) {
    self.index = index
    engine = context.engine
    busyPollMicroseconds = context.options.busyPollMicroseconds
    loopCount = context.loopCount
    poller = try Poller()
    state = Mutex(LoopState(index, poller, context))
  }

  /// Serves until the loop is stopped. For the loop's own thread.
  func serve() {
    var ready = Array(repeating: Poller.Ready(), count: Poller.maximumReady)
    var busyPoll = BusyPoll(microseconds: busyPollMicroseconds, loops: loopCount)
    var count = 0
    while let deadline = state.withLock({ work($0, ready, count) }) {
      if deadline == 0 {
        // With work left, a look for what else has come is enough.
        count = poller.wait(&ready, milliseconds: 0)
      } else if engine.progress.holdsOutput.load(ordering: .relaxed) {
        // The disk takes longer than polling may.
        count = 0
      } else {
        count = busyPoll?.look { poller.wait(&ready, milliseconds: 0) } ?? 0
      }
      if count == 0, deadline > 0 {
        count = poller.wait(&ready, milliseconds: Self.milliseconds(until: deadline))
      }
    }
  }

  /// Gives each connection a turn. Returns until when the thread may sleep, 0 if there is work
  /// left; nil when the loop is stopped.
  private func work(_ state: LoopState, _ ready: [Poller.Ready], _ count: Int) -> Int64? {
    isAsleep.store(false, ordering: .relaxed)
    defer { isAsleep.store(true, ordering: .relaxed) }
    state.beginPass()
    state.noteDiscarded()
    state.handleReadiness(ready[..<count])
    // A load is cheap, an exchange is not.
    if hasMail.load(ordering: .relaxed), hasMail.exchange(false, ordering: .acquiringAndReleasing) {
      state.receiveMail()
    }
    state.expireTimers()
    state.dispatcher.runTurns()
    state.carryOnBackgroundWork()
    if state.relieveIfDue() { state.dispatcher.write() }
    state.sleepsUntil = state.hasWork ? 0 : state.deadline
    return state.isStopped ? nil : state.sleepsUntil
  }

  /// Rounded up: a thread that wakes too early must sleep again.
  private static func milliseconds(until deadline: Int64) -> Int32 {
    guard deadline < .max else { return -1 }
    let rest = max(0, deadline - SystemClock.monotonicMicroseconds())
    return Int32(clamping: (rest + 999) / 1_000)
  }
}

// For other threads.
extension EventLoop {
  /// Has the loop read its mailbox soon.
  func wake() {
    if !hasMail.exchange(true, ordering: .acquiringAndReleasing) { poller.wake() }
  }

  /// Has the loop run a task.
  func submit(_ task: @escaping Task) {
    if engine.submit(task, to: index) { wake() }
  }

  /// Discards what came after the loop's thread had ended.
  func discardMail() { state.withLock { $0.receiveMail() } }
}
