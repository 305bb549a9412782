import OctopusSystem

/// A trigger or a subscription that is installed on the server. It is removed once, by `end`; its
/// consumer holds its `RegistrationOwner`.
///
/// It may end before it is installed, while the request is on its way; then it is removed as soon
/// as the reply comes. It keeps its client, and so the connection.
final class Registration: Sendable {
  typealias Undo = @Sendable (ClientSession) -> Void

  private enum State {
    case requested
    case installed(Undo)
    case ended
  }

  private let client: OctopusClient
  private let state = Mutex(State.requested)

  init(_ client: OctopusClient) { self.client = client }

  /// The server has installed it.
  func installed(_ undo: @escaping Undo) {
    let isWanted = state.withLock { state in
      guard case .requested = state else { return false }
      state = .installed(undo)
      return true
    }
    if !isWanted { undo(client.session) }
  }

  func end() {
    let undo = state.withLock { state -> Undo? in
      defer { state = .ended }
      return if case .installed(let undo) = state { undo } else { nil }
    }
    undo?(client.session)
  }
}

/// Owns a registration, which ends when the last reference to this goes.
///
/// The completion of the request holds the registration, never this: when its consumer is done the
/// registration has ended, however long the completion lives.
final class RegistrationOwner: Sendable {
  private let registration: Registration

  init(_ registration: Registration) { self.registration = registration }

  deinit { end() }

  func end() { registration.end() }
}

extension OctopusClient {
  /// Hands a trigger's events to a sink for as long as the registration lasts. To be called where
  /// the reply that names the trigger is read.
  func begin(_ trigger: Int64, _ sink: any EventSink, _ registration: Registration) {
    session.join(trigger: trigger, sink)
    registration.installed { $0.leave(trigger: trigger) }
  }
}
