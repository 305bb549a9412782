import Logging
import OctopusJournal
import OctopusSystem

/// The thread that writes the high-water mark, so that only this thread waits for a disk that
/// hangs. A failed attempt is repeated after a pause that doubles each time.
final class HighWaterMarkWriter: Sendable {
  private static let firstPauseMilliseconds: CInt = 100
  private static let longestPauseMilliseconds: CInt = 10_000
  /// How long ``stop()`` waits for the thread.
  private static let stopMilliseconds: CInt = 1_000

  private let storage: any HighWaterMarkStorage
  private let engine: EngineHost
  private let logger: Logger
  /// Wakes the thread when there is something to do.
  private let waker: Waker
  /// Woken by the thread when it ends.
  private let ended: Waker
  private let isStopped = Mutex(false)
  private let thread = Mutex<Thread?>(nil)

  init(
    _ storage: any HighWaterMarkStorage, _ engine: EngineHost, logger: Logger
  ) throws(SystemError) {
    self.storage = storage
    self.engine = engine
    self.logger = logger
    waker = try Waker()
    ended = try Waker()
  }

  /// - Parameter wake: wakes a loop that has output to deliver.
  func start(wake: @escaping @Sendable (Int) -> Void) throws(SystemError) {
    let thread = try Thread("disk") { [self] in run(wake) }
    self.thread.withLock { $0 = thread }
  }

  /// Has the thread reserve what is needed.
  func notify() { waker.wake() }

  /// Ends the thread. One that waits for the disk is left to end by itself.
  func stop() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    isStopped.withLock { $0 = true }
    waker.wake()
    ended.wait(milliseconds: Self.stopMilliseconds) ? thread.join() : thread.detach()
  }

  private func run(_ wake: (Int) -> Void) {
    var pause: CInt?
    while true {
      _ = waker.wait(milliseconds: pause ?? -1)
      if isStopped.withLock({ $0 }) { break }
      pause = reserve(after: pause, wake)
    }
    ended.wake()
  }

  /// Reserves until enough is reserved. Returns the pause before the next attempt if one fails.
  private func reserve(after pause: CInt?, _ wake: (Int) -> Void) -> CInt? {
    var pause = pause
    while let mark = engine.beginAttempt() {
      do throws(StorageError) {
        try storage.write(mark)
      } catch {
        engine.endAttempt(error)
        guard let pause else {
          logger.error(
            "cannot raise the revision mark: changes will be refused before it is reached",
            metadata: ["error": "\(error)"])
          return Self.firstPauseMilliseconds
        }
        return min(pause * 2, Self.longestPauseMilliseconds)
      }
      let raised = engine.endAttempt(reached: mark)
      for loop in raised.loopsWithMail { wake(loop) }
      if pause != nil || raised.wasReadOnly {
        logger.notice("the revision mark is raised again", metadata: ["mark": "\(mark)"])
      }
      pause = nil
    }
    return nil
  }
}
