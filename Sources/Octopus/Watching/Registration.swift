import OctopusSystem

/// Something that stands on the other side for as long as somebody here wants it: a trigger or a
/// subscription. It is undone once, by `end`; whoever wants it holds its `Claim`.
///
/// It may end before it stands, while the other side is still being asked; then it is undone as soon
/// as it stands. It keeps its client, and so the connection.
final class Registration: Sendable {
  typealias Undo = @Sendable (Session) -> Void

  private enum State {
    case asked
    case standing(Undo)
    case ended
  }

  private let client: OctopusClient
  private let state = Mutex(State.asked)

  init(_ client: OctopusClient) { self.client = client }

  /// The other side has it now.
  func stand(_ undo: @escaping Undo) {
    let isWanted = state.withLock { state in
      guard case .asked = state else { return false }
      state = .standing(undo)
      return true
    }
    if !isWanted { undo(client.session) }
  }

  func end() {
    let undo = state.withLock { state -> Undo? in
      defer { state = .ended }
      return if case .standing(let undo) = state { undo } else { nil }
    }
    undo?(client.session)
  }
}

/// Wants a registration: it ends when the last reference to this goes.
///
/// What reads the reply holds the registration, never this: a consumer that is done has undone it,
/// however long the reader takes to let go.
final class Claim: Sendable {
  private let registration: Registration

  init(_ registration: Registration) { self.registration = registration }

  deinit { end() }

  func end() { registration.end() }
}

extension OctopusClient {
  /// Hands a trigger's events to a sink for as long as the registration lasts. To be called where the
  /// reply that names the trigger is read.
  func begin(_ trigger: Int64, _ sink: any EventSink, _ registration: Registration) {
    session.join(trigger: trigger, sink)
    registration.stand { $0.leave(trigger: trigger) }
  }
}
