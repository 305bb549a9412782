import OctopusProtocol
import OctopusSession

// AUTH, and HELLO with a password.
extension LoopState {
  /// Checks a password, at once or after the pause that earlier wrong ones have earned.
  func authenticate(_ command: ConnectionCommand, for connection: ClientConnection) {
    let socket = socket(of: connection)
    let pause = context.attempts.pause(after: connection.protocolState.wrongPasswords, now: now)
    guard pause > 0 else { return checkPassword(command, for: socket) }
    connection.protocolState.waitForHost()
    socket.delayedAttempt = command
    delayedAttempts.append(connection.id, until: now + pause)
  }

  func carryOutDueAttempts() {
    while let client = delayedAttempts.takeDue(now: now) {
      guard let connection = connections[client], !connection.isClosing,
        let command = connection.delayedAttempt.take()
      else { continue }
      checkPassword(command, for: connection)
      connection.protocolState.releaseRequest()
      dispatcher.resume(connection)
    }
  }

  private func checkPassword(_ command: ConnectionCommand, for connection: SocketConnection) {
    let before = connection.protocolState.wrongPasswords
    let action = connection.protocolState.authenticate(command)
    if connection.protocolState.wrongPasswords > before,
      let count = context.attempts.noteFailure(now: now)
    {
      context.logger.warning(
        "wrong password",
        metadata: ["peer": "\(connection.protocolState.peer.address)", "count": "\(count)"])
    }
    dispatcher.perform(action, for: connection)
  }
}
