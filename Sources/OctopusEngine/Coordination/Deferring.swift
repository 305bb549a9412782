// DEFER and CANCEL: many waits over one connection.

extension Engine {
  /// Carries out a command whose answer, even if it is there at once, comes as a push with a tag.
  ///
  /// Its errors come so as well, but for a tag that is in use: then there is nothing to push.
  mutating func runDeferred(
    _ command: Command, _ origin: Origin, into effects: inout [Effect]
  ) {
    let isInUse = sessions[origin.session]?.waits[origin.handle] != nil
    let failure = Failure(.busy, "the tag is in use: this session waits with it")
    effects.append(
      .reply(
        origin.session, origin.request, isInUse ? .error(failure) : .queued, revision))
    if !isInUse { carryOut(command, origin, into: &effects) }
  }

  /// Ends the wait with this tag, if it still waits: no push will come.
  mutating func cancel(
    tag: [UInt8], of session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    guard let id = sessions[session]?.waits[.tag(tag)], let wait = waits[id] else {
      return .integer(0)
    }
    try withdraw(wait, step)
    drop(wait: id)
    return .integer(1)
  }
}
