import OctopusSystem

// A loop that has little for another one, which sleeps, does that loop's work in its own thread:
// this costs less than waking the other (docs/decisions/0007). Without this file every delivery
// would be a `wake`.
extension EventLoop {
  /// Has the loop's mail delivered: here and now if the loop sleeps and it is little; else by
  /// waking it.
  func deliverMail() {
    let mayHelp = isAsleep.load(ordering: .relaxed)
    let isDone = mayHelp ? state.withLockIfAvailable { Self.help($0) } ?? false : false
    if !isDone { wake() }
  }

  /// Delivers and writes; false if the loop's own thread has to do more than that.
  private static func help(_ state: LoopState) -> Bool {
    guard state.collectMailIfShort() else { return false }
    // The helper holds the lock of its own loop, which this loop must not wait for.
    state.mayHelpOthers = false
    defer { state.mayHelpOthers = true }
    state.beginPass()
    state.deliverCollected()
    state.dispatcher.write()
    return !state.hasWork && state.deadline >= state.sleepsUntil
  }
}
