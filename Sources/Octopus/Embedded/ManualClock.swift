import OctopusSystem

extension OctopusClient {
  /// A clock that stands still until it is told to go on, for tests that need no time to pass.
  ///
  /// ```swift
  /// let clock = OctopusClient.ManualClock()
  /// let octopus = OctopusClient.embedded(clock: clock)
  /// async let pci = octopus.waitFor("service.pci", timeout: .seconds(30))
  /// await clock.untilSleepers(1)      // the wait has begun
  /// clock.advance(by: .seconds(30))   // and now its time is over
  /// ```
  public final class ManualClock: Clock, Sendable {
    /// A time on a manual clock.
    public struct Instant: InstantProtocol {
      /// The time since the clock was made.
      public var offset: Duration

      public func advanced(by duration: Duration) -> Instant {
        Instant(offset: offset + duration)
      }

      public func duration(to other: Instant) -> Duration { other.offset - offset }

      public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
      let deadline: Instant
      let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
      var now = Instant(offset: .zero)
      var sleepers: [Int: Sleeper] = [:]
      var nextSleeper = 0
      var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// A clock at zero.
    public init() {}

    /// The time that it shows.
    public var now: Instant { state.withLock { $0.now } }

    /// Time on this clock passes in steps of any size.
    public var minimumResolution: Duration { .zero }

    /// Lets time pass, and wakes everyone whose time has come.
    ///
    /// ```swift
    /// clock.advance(by: .milliseconds(500))
    /// ```
    public func advance(by duration: Duration) {
      precondition(duration >= .zero, "time only goes forward")
      let due = state.withLock { state in
        state.now = state.now.advanced(by: duration)
        let due = state.sleepers.filter { $0.value.deadline <= state.now }
        for id in due.keys { state.sleepers[id] = nil }
        return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
      }
      for sleeper in due { sleeper.value.continuation.resume(returning: true) }
    }

    /// Sleeps until the clock shows a time.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
      let id = state.withLock { state in
        state.nextSleeper += 1
        return state.nextSleeper
      }
      let isDue = await withTaskCancellationHandler {
        await withCheckedContinuation { add(Sleeper(deadline: deadline, continuation: $0), id) }
      } onCancel: {
        state.withLock { $0.sleepers.removeValue(forKey: id) }?
          .continuation.resume(returning: false)
      }
      if !isDue { throw CancellationError() }
    }

    /// Waits until at least `count` tasks sleep on this clock.
    ///
    /// ```swift
    /// await clock.untilSleepers(1)
    /// ```
    public func untilSleepers(_ count: Int) async {
      await withCheckedContinuation { continuation in
        let isReached = state.withLock { state in
          if state.sleepers.count >= count { return true }
          state.watchers.append((count, continuation))
          return false
        }
        if isReached { continuation.resume() }
      }
    }

    private func add(_ sleeper: Sleeper, _ id: Int) {
      var told: [CheckedContinuation<Void, Never>] = []
      let isDue = state.withLock { state -> Bool? in
        if sleeper.deadline <= state.now { return true }
        // Cancelled before it slept: nobody would wake it.
        if Task.isCancelled { return false }
        state.sleepers[id] = sleeper
        let count = state.sleepers.count
        told = state.watchers.filter { $0.count <= count }.map(\.continuation)
        state.watchers.removeAll { $0.count <= count }
        return nil
      }
      for watcher in told { watcher.resume() }
      if let isDue { sleeper.continuation.resume(returning: isDue) }
    }
  }
}
