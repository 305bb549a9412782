import CPlatform
import Glibc
import Logging
import OctopusEngine
import OctopusProtocol
import OctopusSession
import OctopusSystem

/// The thread that accepts connections and hands them to the event loops, or refuses them.
final class Acceptor: Sendable {
  /// The pause after an error, such as that the system has no more descriptors.
  private static let pauseMilliseconds: CInt = 100

  private let listeners: [any Listener]
  private let quota: ConnectionQuota
  private let shares = DescriptorShares()
  /// Woken to stop the thread.
  private let waker: Waker
  private let accept: @Sendable (CInt, Peer, ConnectionQuota.Place?) -> Void
  private let logger: Logger
  private let refusalLog = LogRate()

  /// - Parameter accept: takes a connection over, with its place unless it is an administrator's.
  init(
    _ listeners: [any Listener], quota: ConnectionQuota, logger: Logger,
    accept: @escaping @Sendable (CInt, Peer, ConnectionQuota.Place?) -> Void
  ) throws(SystemError) {
    self.listeners = listeners
    self.quota = quota
    self.logger = logger
    self.accept = accept
    waker = try Waker()
  }

  func start() throws(SystemError) -> Thread {
    for listener in listeners { _ = fcntl(listener.descriptor, F_SETFL, O_NONBLOCK) }
    return try Thread("acceptor") { [self] in run() }
  }

  /// Asks the thread to end. Join it to be sure that nothing is accepted any more.
  func stop() { waker.wake() }

  private func run() {
    var polled = ([waker.descriptor] + listeners.map(\.descriptor)).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    var isPausing = false
    while true {
      // In a pause, the thread waits for the waker only.
      let count = poll(
        &polled, isPausing ? 1 : nfds_t(polled.count), isPausing ? Self.pauseMilliseconds : -1)
      if count > 0, polled[0].revents != 0 { return }
      let wasPausing = isPausing
      isPausing = false
      for listener in listeners {
        guard let error = acceptAll(listener) else { continue }
        isPausing = true
        // Logged once, however long the shortage lasts.
        if !wasPausing { logger.warning("\(error)") }
      }
    }
  }

  /// Accepts until no connection is pending, or until an error, which it returns.
  private func acceptAll(_ listener: any Listener) -> SystemError? {
    while true {
      let connection = platform_accept(listener.descriptor)
      if connection >= 0 {
        admit(connection, listener.peer(of: connection))
        continue
      }
      switch errno {
      case EAGAIN: return nil
      case EINTR, ECONNABORTED: continue
      default: return SystemError("accept a connection")
      }
    }
  }

  /// Hands a connection on, or tells the client why not. The kernel gives the lowest free
  /// descriptor, so its number says how many there are.
  private func admit(_ connection: CInt, _ peer: Peer) {
    let isAdministrator = peer.principal.isAdministrator
    guard connection < (isAdministrator ? shares.connections : shares.ordinaryConnections) else {
      return refuse(connection, peer, .tooManyClients)
    }
    if isAdministrator { return accept(connection, peer, nil) }
    guard let place = quota.place(for: peer.userBeforeAuthentication) else {
      return refuse(connection, peer, .tooManyClientsOfUser)
    }
    accept(connection, peer, place)
  }

  private func refuse(_ connection: CInt, _ peer: Peer, _ reason: Failure) {
    let text = Array("-\(reason)\r\n".utf8)
    _ = text.withUnsafeBytes {
      send(connection, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
    }
    close(connection)
    quota.countRefusal()
    refusalLog.note { count in
      logger.warning(
        "refused a client: \(reason.message)",
        metadata: [
          "peer": "\(peer.address)", "user": "\(peer.userBeforeAuthentication)",
          "count": "\(count)",
        ])
    }
  }
}
