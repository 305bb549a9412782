/// What carries a session's bytes: a socket, or a call into an engine in this process.
///
/// Everything above it is shared, so that both behave the same.
package protocol Link: Sendable {
  /// There is output: take it with `Session.takeOutput`, soon, in order, and from one place at a
  /// time. Must not block; called from any thread, and never with a lock held.
  func wake(_ session: Session)

  /// Ends the connection. The session has ended when this is called.
  func close()
}
