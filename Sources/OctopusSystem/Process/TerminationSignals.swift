import Glibc

/// SIGTERM and SIGINT, which a thread waits for instead of a handler being called.
package struct TerminationSignals: Sendable {
  private let set: sigset_t

  /// Blocks the signals in this thread and in all that it starts, so call it before any is started.
  package init() {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    self.set = set
  }

  /// Waits for the next one and returns its name.
  package func wait() -> String {
    var set = set
    var signal: CInt = 0
    while sigwait(&set, &signal) != 0 {}
    return signal == SIGINT ? "SIGINT" : "SIGTERM"
  }
}
