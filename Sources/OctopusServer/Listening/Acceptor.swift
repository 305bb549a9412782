import CPlatform
import Glibc
import Logging
import OctopusSession
import OctopusSystem

/// The thread that accepts connections and hands them to the event loops.
final class Acceptor: Sendable {
  /// The pause after the process has run out of descriptors, in which connections may close.
  private static let pauseMilliseconds: CInt = 100

  /// Descriptors kept for other work of the server, such as writing the high-water mark.
  private static let reserve: CInt = 16

  private let listeners: [any Listener]
  /// Descriptors from this number on are not for connections.
  private let limit: CInt
  /// Woken to stop the thread.
  private let waker: Waker
  private let accept: @Sendable (CInt, Peer) -> Void
  private let logger: Logger

  init(
    _ listeners: [any Listener], logger: Logger,
    accept: @escaping @Sendable (CInt, Peer) -> Void
  ) throws(SystemError) {
    self.listeners = listeners
    self.logger = logger
    self.accept = accept
    waker = try Waker()
    let descriptors = CInt(clamping: DescriptorLimit.current)
    limit = descriptors - min(Self.reserve, descriptors / 4)
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
      guard hasRoom else { return SystemError("accept a connection", code: EMFILE) }
      let connection = platform_accept(listener.descriptor)
      if connection >= 0 {
        accept(connection, listener.peer(of: connection))
        continue
      }
      switch errno {
      case EAGAIN: return nil
      case EINTR, ECONNABORTED: continue
      default: return SystemError("accept a connection")
      }
    }
  }

  /// Whether the next descriptor, which is always the lowest free one, may be a connection's.
  private var hasRoom: Bool {
    let next = fcntl(waker.descriptor, F_DUPFD_CLOEXEC, 0)
    guard next >= 0 else { return false }
    close(next)
    return next < limit
  }
}
