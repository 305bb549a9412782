import Logging
import OctopusSystem

/// Raises the revision mark, on a thread of its own: where the disk hangs, that thread does and no other.
/// What fails is tried again, at first soon and then less and less often.
final class MarkKeeper: Sendable {
  private static let firstPauseMilliseconds: Int32 = 100
  private static let longestPauseMilliseconds: Int32 = 10_000

  private let storage: any MarkStorage
  private let engine: EngineHost
  private let logger: Logger
  /// Rung when there is something to do, and by the thread when it has ended.
  private let waker: Waker
  private let endWaker: Waker
  private let isStopped = Mutex(false)
  private let thread = Mutex<Thread?>(nil)

  init(
    _ storage: any MarkStorage, _ engine: EngineHost, logger: Logger
  ) throws(SystemError) {
    self.storage = storage
    self.engine = engine
    self.logger = logger
    waker = try Waker()
    endWaker = try Waker()
  }

  /// - Parameter wake: wakes a loop that has something to deliver.
  func start(wake: @escaping @Sendable (Int) -> Void) throws(SystemError) {
    let thread = try Thread("disk") { [self] in run(wake) }
    self.thread.withLock { $0 = thread }
  }

  /// There is something to raise.
  func notify() { waker.wake() }

  /// Ends the thread; one that the disk keeps is left behind.
  func stop() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    isStopped.withLock { $0 = true }
    waker.wake()
    endWaker.wait(milliseconds: 1_000) ? thread.join() : thread.detach()
  }

  private func run(_ wake: (Int) -> Void) {
    var pause: Int32?
    while true {
      _ = waker.wait(milliseconds: pause ?? -1)
      if isStopped.withLock({ $0 }) { break }
      pause = raise(after: pause, wake)
    }
    endWaker.wake()
  }

  /// Raises the mark as often as it takes; answers after which pause to try again, if that fails.
  private func raise(after pause: Int32?, _ wake: (Int) -> Void) -> Int32? {
    var pause = pause
    while let target = engine.beginAttempt() {
      do throws(StorageFailure) {
        try storage.write(target)
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
      let raised = engine.endAttempt(reached: target)
      for loop in raised.loopsWithMail { wake(loop) }
      if pause != nil || raised.wasReadOnly {
        logger.notice("the revision mark is raised again", metadata: ["mark": "\(target)"])
      }
      pause = nil
    }
    return nil
  }
}
