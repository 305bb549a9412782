import OctopusEngine
import OctopusSystem
import RESP

/// A session's bytes, handed to an engine in this process and back, by whichever task is at hand.
///
/// The other end of a wire is a `EmbeddedPeer`. Whoever brings something, commands or what an engine's
/// step put here, moves everything along; while one does, others only leave word that there is
/// more. So all is done in order and from one place at a time, and no lock is held meanwhile.
final class EmbeddedLink: Link {
  /// What a step of the engine has for a session.
  enum Parcel: Sendable {
    case reply(Reply)
    case deferred(tag: [UInt8], Reply)
    case event(Event, Delivery)
    case message(Record, Subscriber)
  }

  private struct State {
    var parcels: [Parcel] = []
    var isMoving = false
    var isMore = false
    /// The session holds its link; the client holds the session.
    weak var session: Session?
  }

  let id: SessionID
  private let node: OctopusClient.Embedded
  private let state = Mutex(State())
  private let peer: Mutex<EmbeddedPeer>

  /// Opens a session with an engine.
  static func open(_ node: OctopusClient.Embedded) -> Session {
    let link = node.open { EmbeddedLink(node, $0) }
    let session = Session(link)
    link.state.withLock { $0.session = session }
    return session
  }

  private init(_ node: OctopusClient.Embedded, _ id: SessionID) {
    self.node = node
    self.id = id
    peer = Mutex(EmbeddedPeer(session: id))
  }

  func wake(_ session: Session) { move(session) }

  func close() { node.close(self) }

  /// Leaves something of an engine's step; true if it is the first that stands here: then it is for
  /// the caller to `deliver`.
  func put(_ parcel: Parcel) -> Bool {
    state.withLock { state in
      state.parcels.append(parcel)
      return state.parcels.count == 1
    }
  }

  func deliver() {
    if let session = state.withLock({ $0.session }) { move(session) }
  }

  /// Ends the session from the engine's side.
  func drop() {
    state.withLock { $0.session }?.end(.connectionLost("the engine ended it"))
  }

  private func move(_ session: Session) {
    let isMine = state.withLock { state in
      state.isMore = true
      if state.isMoving { return false }
      state.isMoving = true
      return true
    }
    guard isMine else { return }
    while hasMore() {
      deliver(to: session)
      while let output = session.takeOutput() { peer.withLock { $0.receive(output) } }
      while let action = peer.withLock({ $0.next(figures: { node.statistics }) }) {
        switch action {
        case .step(let input): node.step(input)
        case .end(let error): session.end(error)
        case .answered: break
        }
        deliver(to: session)
      }
    }
  }

  private func hasMore() -> Bool {
    state.withLock { state in
      defer { state.isMore = false }
      state.isMoving = state.isMore
      return state.isMore
    }
  }

  /// Gives the session what stands here and what its peer has answered.
  private func deliver(to session: Session) {
    let parcels = state.withLock { state in
      defer { state.parcels = [] }
      return state.parcels
    }
    let bytes = peer.withLock { $0.answer(parcels) }
    if !bytes.isEmpty { bytes.withUnsafeBytes { session.receive($0) } }
  }
}
