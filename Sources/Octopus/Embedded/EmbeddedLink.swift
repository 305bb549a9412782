import OctopusSystem

/// The client's end of an embedded connection.
package protocol EmbeddedSession: AnyObject, Sendable {
  /// Commands that are to be sent; nil when there are none.
  func takeOutput() -> [UInt8]?
  /// Replies and pushes have arrived.
  func receive(_ bytes: UnsafeRawBufferPointer)
  /// The engine has ended the session.
  func end(_ error: OctopusError)
}

extension ClientSession: EmbeddedSession {}

/// The bytes of a client session, carried to an embedded engine and back by the thread that has
/// some.
///
/// A thread that brings something, commands or new output of the engine, moves everything along;
/// while one does, others only note that there is more. So all is done in order and by one thread
/// at a time, and no lock is held meanwhile.
package final class EmbeddedLink: Transport {
  private struct State {
    var isMoving = false
    var hasMore = false
    /// The session owns its link; the client owns the session.
    weak var session: (any EmbeddedSession)?
  }

  /// The engine's connection.
  let id: Int64
  private let node: OctopusClient.Embedded
  private let state = Mutex(State())

  init(_ node: OctopusClient.Embedded, id: Int64) {
    self.node = node
    self.id = id
  }

  /// Makes the session whose bytes this link carries.
  package func attach<SomeSession: EmbeddedSession>(_ make: (EmbeddedLink) -> SomeSession)
    -> SomeSession
  {
    let session = make(self)
    state.withLock { $0.session = session }
    return session
  }

  package func sendOutput(of session: ClientSession) { move(session) }

  package func close() { node.disconnect(self) }

  /// The engine has output for the session, or has closed its connection.
  func deliver() {
    if let session = state.withLock({ $0.session }) { move(session) }
  }

  /// Ends the session from the engine's side.
  func drop() {
    state.withLock { $0.session }?.end(.connectionLost("the engine ended it"))
  }

  package func move(_ session: any EmbeddedSession) {
    let isFirst = state.withLock { state in
      state.hasMore = true
      if state.isMoving { return false }
      state.isMoving = true
      return true
    }
    guard isFirst else { return }
    while takeMore() {
      while let output = session.takeOutput() { node.receive(output, from: self) }
      while let chunk = node.takeOutput(for: self) {
        chunk.withUnsafeBytes { session.receive($0) }
      }
      if node.isClosed(self) { session.end(.connectionLost("the engine ended it")) }
    }
  }

  private func takeMore() -> Bool {
    state.withLock { state in
      defer { state.hasMore = false }
      state.isMoving = state.hasMore
      return state.hasMore
    }
  }
}
