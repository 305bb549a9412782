import Locks
import Logging
import OctopusProtocol

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
    var hub: Hub
    var loopThreads: [Thread]
  }

  package static let version = "0.1.0"

  private let configuration: Configuration
  private let logger: Logger
  private let running = Mutex<Running?>(nil)

  package init(
    _ configuration: Configuration,
    logger: Logger = Logger(label: "octopus", factory: { _ in SwiftLogNoOpLogHandler() })
  ) {
    self.configuration = configuration
    self.logger = logger
  }

  /// The port that it listens on over TCP; 0 if it does not.
  package var tcpPort: Int { running.withLock { $0?.hub.facts.tcpPort ?? 0 } }

  /// Starts; when this returns, clients can connect.
  ///
  /// It waits for the disk, so it is not for an event loop.
  package func start() throws(StartFailure) {
    precondition(running.withLock { $0 == nil }, "started already")
    if configuration.tcp != nil, configuration.password?.isEmpty ?? true { throw .noPassword }
    let listeners = try listen()
    do throws(StartFailure) {
      let mark = try mark()
      do throws(SystemError) {
        try serve(listeners, mark)
      } catch {
        throw .system(error)
      }
    } catch {
      for listener in listeners { listener.close() }
      throw error
    }
    if let socket = configuration.socket {
      logger.info("listening", metadata: ["socket": "\(socket.path)"])
    }
    if let tcp = configuration.tcp {
      logger.info("listening", metadata: ["host": "\(tcp.host)", "port": "\(tcpPort)"])
    }
  }

  private func listen() throws(StartFailure) -> [any Listener] {
    var listeners: [any Listener] = []
    do throws(StartFailure) {
      if let socket = configuration.socket {
        listeners.append(
          try UnixListener(path: socket.path, mode: socket.mode, group: socket.group))
      }
      if let tcp = configuration.tcp {
        listeners.append(try TCPListener(host: tcp.host, port: tcp.port))
      }
    } catch {
      for listener in listeners { listener.close() }
      throw error
    }
    return listeners
  }

  private func serve(_ listeners: [any Listener], _ mark: RevisionMark) throws(SystemError) {
    let switchboard = Switchboard(
      mark: mark, memoryLimit: configuration.memoryLimit, loops: configuration.loops)
    let hub = try Hub(
      switchboard: switchboard,
      shared: Connection.Shared(
        access: Access(password: configuration.password), settings: configuration.settings,
        version: Self.version),
      strangerMilliseconds: configuration.strangerMilliseconds,
      busyPollMicroseconds: configuration.busyPollMicroseconds,
      slowLog: SlowLog(thresholdMicroseconds: configuration.slowlogMicroseconds), logger: logger,
      facts: Hub.Facts(
        memoryLimit: configuration.memoryLimit, socketPath: configuration.socket?.path,
        tcpPort: listeners.compactMap { ($0 as? TCPListener)?.port }.first ?? 0))
    let turn = Atomic<Int>(0)
    let acceptor = try Acceptor(listeners, logger: logger) { descriptor, peer in
      let loop = turn.add(1, ordering: .relaxed).oldValue % hub.loops.count
      hub.loops[loop].post { $0.accept(descriptor, peer) }
    }
    let loopThreads = try hub.start()
    do throws(SystemError) {
      let acceptorThread = try acceptor.start()
      running.withLock {
        $0 = Running(
          listeners: listeners, acceptor: acceptor, acceptorThread: acceptorThread, hub: hub,
          loopThreads: loopThreads)
      }
    } catch {
      hub.stop(loopThreads)
      throw error
    }
  }

  private func mark() throws(StartFailure) -> RevisionMark {
    guard let directory = configuration.stateDirectory else {
      logger.notice("no state directory: fencing tokens grow only within this run")
      return RevisionMark()
    }
    do throws(RevisionFile.Failure) {
      let mark = try RevisionMark(RevisionFile(in: directory)) { [logger] error in
        logger.error("fencing tokens may repeat after a restart: \(error)")
      }
      logger.debug("revisions begin", metadata: ["after": "\(mark.start)"])
      return mark
    } catch {
      throw .revision(error)
    }
  }

  /// Stops accepting, ends all sessions and removes the socket; its loops have ended when this returns. Does
  /// nothing if it does not run.
  package func stop() {
    let parts = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let parts else { return }
    parts.acceptor.stop()
    parts.acceptorThread.join()
    for listener in parts.listeners { listener.close() }
    parts.hub.stop(parts.loopThreads)
    logger.info("stopped")
  }
}
