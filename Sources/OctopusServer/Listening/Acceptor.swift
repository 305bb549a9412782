import CPlatform
import Glibc
import Logging
import OctopusSession
import OctopusSystem

/// Takes connections off the listening sockets, on a thread of its own, and hands them to the event
/// loops in turn.
///
/// The descriptors are close-on-exec from their first instant.
final class Acceptor: Sendable {
  /// For how long none is accepted when there are no descriptors left: somebody may close one.
  private static let restMilliseconds: Int32 = 100

  /// Descriptors that connections leave for what else the server does, such as to raise the revision mark.
  private static let reserve: Int32 = 16

  private let listeners: [any Listener]
  /// Descriptors from this number on are not for connections.
  private let limit: Int32
  /// Rung when it is time to stop.
  private let waker: Waker
  private let welcome: @Sendable (Int32, Peer) -> Void
  private let logger: Logger

  init(
    _ listeners: [any Listener], logger: Logger,
    welcome: @escaping @Sendable (Int32, Peer) -> Void
  ) throws(SystemError) {
    self.listeners = listeners
    self.logger = logger
    self.welcome = welcome
    waker = try Waker()
    let descriptors = Int32(clamping: DescriptorLimit.current)
    limit = descriptors - min(Self.reserve, descriptors / 4)
  }

  func start() throws(SystemError) -> Thread {
    for listener in listeners { _ = fcntl(listener.descriptor, F_SETFL, O_NONBLOCK) }
    return try Thread("acceptor") { [self] in run() }
  }

  /// Has the thread end soon. Nothing is accepted any more once it has.
  func stop() { waker.wake() }

  private func run() {
    var polled = ([waker.descriptor] + listeners.map(\.descriptor)).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    var rests = false
    while true {
      // While it rests, only the waker is listened to.
      let count = poll(
        &polled, rests ? 1 : nfds_t(polled.count), rests ? Self.restMilliseconds : -1)
      if count > 0, polled[0].revents != 0 { return }
      let wasResting = rests
      rests = false
      for listener in listeners {
        guard let error = acceptAll(listener) else { continue }
        rests = true
        // Once, however long it lasts.
        if !wasResting { logger.warning("\(error)") }
      }
    }
  }

  /// Accepts until nobody waits; answers why if that had to be given up.
  private func acceptAll(_ listener: any Listener) -> SystemError? {
    while true {
      guard hasRoom else { return SystemError("accept a connection", code: EMFILE) }
      let connection = platform_accept(listener.descriptor)
      if connection >= 0 {
        welcome(connection, listener.peer(of: connection))
        continue
      }
      switch errno {
      case EAGAIN: return nil
      case EINTR, ECONNABORTED: continue
      default: return SystemError("accept a connection")
      }
    }
  }

  /// Whether the next descriptor, which is always the lowest that is free, may be a connection's.
  private var hasRoom: Bool {
    let next = fcntl(waker.descriptor, F_DUPFD_CLOEXEC, 0)
    guard next >= 0 else { return false }
    close(next)
    return next < limit
  }
}
