import Logging
import OctopusJournal
import OctopusProtocol
import OctopusSession
import OctopusSystem

import struct Synchronization.Atomic

/// A running Octopus: listeners, event loops, and the engine behind them.
///
/// Several may run in one process.
package final class Server: Sendable {
  /// What there is while it runs.
  private struct Running {
    var listeners: [any Listener]
    var acceptor: Acceptor
    var acceptorThread: Thread
    var context: ServerContext
    var loopThreads: [Thread]
  }

  private enum Phase {
    case idle, starting
    case running(Running)
    /// Before it served.
    case stopped
  }

  private let configuration: Configuration
  private let logger: Logger
  private let markStorage: (any HighWaterMarkStorage)?
  private let phase = Mutex(Phase.idle)

  /// - Parameter markStorage: for tests, instead of a file in the state directory.
  package init(
    _ configuration: Configuration,
    logger: Logger = Logger(label: "octopus", factory: { _ in SwiftLogNoOpLogHandler() }),
    markStorage: (any HighWaterMarkStorage)? = nil
  ) {
    self.configuration = configuration
    self.markStorage = markStorage
    self.logger = logger
  }

  /// The port that it listens on over TCP; 0 if it does not.
  package var tcpPort: Int {
    phase.withLock { if case .running(let parts) = $0 { parts.context.facts.tcpPort } else { 0 } }
  }

  var isStarting: Bool { phase.withLock { if case .starting = $0 { true } else { false } } }

  /// Starts; when this returns, clients can connect, and not before what they need is read.
  ///
  /// It waits for the disk, so it is not for an event loop. Meanwhile another thread may call
  /// `stop`.
  package func start() throws(StartupError) {
    phase.withLock { phase in
      guard case .idle = phase else { preconditionFailure("started already") }
      phase = .starting
    }
    do throws(StartupError) {
      if configuration.tcp != nil, configuration.password?.isEmpty ?? true { throw .noPassword }
      let restored = try restore()
      let tcp = try configuration.tcp.map { tcp throws(StartupError) in
        try TCPListener.resolve(tcp)
      }
      try phase.withLock { (phase) throws(StartupError) in
        guard case .starting = phase else { throw .stopped }
        let listeners = try listen(tcp)
        do throws(SystemError) {
          phase = .running(try serve(listeners, restored))
        } catch {
          for listener in listeners { listener.close() }
          throw .system(error)
        }
      }
    } catch {
      phase.withLock { $0 = .idle }
      throw error
    }
    if let socket = configuration.socket {
      logger.info("listening", metadata: ["socket": "\(socket.path)"])
    }
    if let tcp = configuration.tcp {
      logger.info("listening", metadata: ["host": "\(tcp.host)", "port": "\(tcpPort)"])
    }
  }

  private func listen(_ tcp: InternetAddress?) throws(StartupError) -> [any Listener] {
    var listeners: [any Listener] = []
    do throws(StartupError) {
      if let socket = configuration.socket {
        listeners.append(
          try UnixListener(path: socket.path, mode: socket.mode, group: socket.group))
      }
      if let tcp { listeners.append(try TCPListener(tcp)) }
    } catch {
      for listener in listeners { listener.close() }
      throw error
    }
    return listeners
  }

  private func serve(
    _ listeners: [any Listener], _ restored: RestoredState
  ) throws(SystemError) -> Running {
    let (engine, journal) = (restored.engine, restored.journal)
    let context = try ServerContext(
      engine: engine,
      settings: ConnectionStateMachine.Settings(
        authenticator: Authenticator(password: configuration.password),
        configuration: configuration.settings, serverVersion: Version.current,
        journal: journal?.greeting),
      options: ServerContext.Options(
        authenticationMilliseconds: configuration.authenticationMilliseconds,
        passwordPauseMicroseconds: configuration.passwordPauseMicroseconds,
        busyPollMicroseconds: configuration.busyPollMicroseconds,
        clientsPerUser: configuration.clientsPerUser),
      slowLog: SlowLog(thresholdMicroseconds: configuration.slowlogMicroseconds), logger: logger,
      facts: ServerContext.Facts(
        memoryLimit: configuration.memoryLimit, socketPath: configuration.socket?.path,
        tcpPort: listeners.compactMap { ($0 as? TCPListener)?.port }.first ?? 0),
      markStorage: restored.markStorage, journal: journal)
    let accepted = Atomic<Int>(0)
    let acceptor = try Acceptor(listeners, quota: context.quota, logger: logger) {
      descriptor, peer, place in
      let loop = accepted.add(1, ordering: .relaxed).oldValue % context.loopCount
      context.loops[loop].submit { $0.accept(descriptor, peer, place) }
    }
    let loopThreads = try context.start()
    do throws(SystemError) {
      return Running(
        listeners: listeners, acceptor: acceptor, acceptorThread: try acceptor.start(),
        context: context,
        loopThreads: loopThreads)
    } catch {
      context.stop(loopThreads)
      throw error
    }
  }

  private func restore() throws(StartupError) -> RestoredState {
    let restored: RestoredState
    if let markStorage {
      restored = try RestoredState(configuration, markStorage, logger: logger)
    } else if let directory = configuration.stateDirectory {
      restored = try RestoredState(configuration, in: directory, logger: logger)
    } else {
      logger.notice(
        "no state directory: records do not survive, and fencing tokens grow only within this run")
      return RestoredState(configuration)
    }
    logger.debug("revisions begin", metadata: ["after": "\(restored.revision)"])
    return restored
  }

  /// Stops accepting, ends all sessions and removes the socket; its loops have ended when this
  /// returns. A server that is starting will not serve; one that does not run stays as it is.
  package func stop() {
    let parts: Running? = phase.withLock { phase in
      switch phase {
      case .running(let parts):
        phase = .idle
        return parts
      case .starting:
        phase = .stopped
        return nil
      case .idle, .stopped: return nil
      }
    }
    guard let parts else { return }
    parts.acceptor.stop()
    parts.acceptorThread.join()
    for listener in parts.listeners { listener.close() }
    parts.context.stop(parts.loopThreads)
    logger.info("stopped")
  }
}
