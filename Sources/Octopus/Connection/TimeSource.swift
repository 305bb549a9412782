/// A clock of any kind, as what the library needs of one: the time since it began to look, and to
/// sleep until a time.
struct TimeSource: Sendable {
  let now: @Sendable () -> Duration
  let sleep: @Sendable (_ until: Duration) async throws -> Void

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
  }

  /// Does something after so long, unless the task is cancelled first.
  func schedule(
    after duration: Duration, _ action: @escaping @Sendable () -> Void
  ) -> Task<Void, Never> {
    // A hundred years, so that adding it to any time cannot overflow.
    let deadline = now() + min(duration, .seconds(100 * 365 * 86_400))
    return Task { if (try? await sleep(deadline)) != nil { action() } }
  }
}
