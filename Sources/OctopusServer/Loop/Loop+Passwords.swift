import OctopusProtocol

// AUTH, and HELLO with a password.
extension Loop {
  /// Carries out an attempt, at once or when its pause is over. Until then the connection waits.
  func attempt(_ command: ConnectionCommand, for handler: ConnectionHandler) {
    let pause = hub.attempts.pause(after: handler.connection.wrongPasswords, now: now)
    guard pause > 0 else { return carryOutAttempt(command, for: handler) }
    handler.connection.waitForHost()
    handler.heldAttempt = command
    heldAttempts.append(handler.connection.id, until: now + pause)
  }

  func carryOutDueAttempts() {
    while let client = heldAttempts.takeDue(now: now) {
      guard let handler = clients[client], !handler.connection.isClosing,
        let command = handler.heldAttempt.take()
      else { continue }
      carryOutAttempt(command, for: handler)
      handler.connection.releaseRequest()
      markDirty(handler)
      takeTurn(handler)
    }
  }

  private func carryOutAttempt(_ command: ConnectionCommand, for handler: ConnectionHandler) {
    let before = handler.connection.wrongPasswords
    let action = handler.connection.attempt(command)
    if handler.connection.wrongPasswords > before, let count = hub.attempts.noteFailure(now: now) {
      hub.logger.warning(
        "wrong password",
        metadata: ["peer": "\(handler.connection.peer.address)", "count": "\(count)"])
    }
    carryOut(action, for: handler)
  }
}
