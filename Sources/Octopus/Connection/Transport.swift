/// Carries a session's bytes: over a socket, or to an engine in this process.
package protocol Transport: Sendable {
  /// The session has output: the transport takes it with `ClientSession.takeOutput` until that is
  /// nil, in order. Must not block; called from any thread, by one at a time, and never with a lock
  /// held.
  func sendOutput(of session: ClientSession)

  /// Ends the connection. The session has ended when this is called.
  func close()
}
