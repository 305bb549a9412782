import Dispatch
import Glibc

/// The signals that the prompt answers itself: an interrupt cancels the command that runs, a
/// request to end lets the terminal be put back in order first, a resize draws the line anew.
struct Signals {
  private let sources: [any DispatchSourceSignal]

  /// From its return on none of them is lost.
  init(screen: Screen, runner: BlockingRunner) {
    let queue = DispatchQueue(label: "octopus.signals")
    func on(_ number: CInt, _ handle: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      let isHeard = DispatchSemaphore(value: 0)
      source.setEventHandler(handler: handle)
      source.setRegistrationHandler { isHeard.signal() }
      source.resume()
      isHeard.wait()
      return source
    }
    let end: @Sendable () -> Void = {
      screen.end()
      runner.interrupt()
    }
    sources = [
      on(SIGINT) { runner.interrupt() },
      on(SIGTERM, end),
      on(SIGHUP, end),
      on(SIGWINCH) { screen.resize() },
    ]
  }
}
