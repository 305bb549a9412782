import CPlatform
import Dispatch
import Glibc
import Logging
import NIOCore
import NIOPosix

/// Takes connections off the listening sockets, on a thread of its own, and hands them to the event
/// loops in turn.
///
/// The descriptors are close-on-exec from their first instant, which NIO's own accepting does not give.
final class Acceptor: Sendable {
  /// For how long none is accepted when there are no descriptors left: somebody may close one.
  private static let restMilliseconds: Int32 = 100

  private let listeners: [any Listener]
  private let thread = NIOThreadPool(numberOfThreads: 1)
  /// Readable when it is time to stop.
  private let bell: Int32
  private let stopped = DispatchSemaphore(value: 0)
  private let welcome: @Sendable (Int32, Peer) -> Void
  private let logger: Logger

  init(
    _ listeners: [any Listener], logger: Logger,
    welcome: @escaping @Sendable (Int32, Peer) -> Void
  ) throws(StartFailure) {
    self.listeners = listeners
    self.logger = logger
    self.welcome = welcome
    bell = platform_eventfd()
    guard bell >= 0 else { throw .system(SystemError("make an eventfd")) }
  }

  deinit { close(bell) }

  func start() {
    for listener in listeners { _ = fcntl(listener.descriptor, F_SETFL, O_NONBLOCK) }
    thread.start()
    thread.submit { [self] state in
      if case .active = state { run() }
      stopped.signal()
    }
  }

  /// Nothing is accepted any more once this returns, which is at once.
  func stop() {
    var one: UInt64 = 1
    _ = write(bell, &one, MemoryLayout<UInt64>.size)
    stopped.wait()
  }

  /// Lets the thread go, after `stop`.
  func dismiss() async { try? await thread.shutdownGracefully() }

  private func run() {
    var polled = ([bell] + listeners.map(\.descriptor)).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    var rests = false
    while true {
      // While it rests, only the bell is listened to.
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
}
