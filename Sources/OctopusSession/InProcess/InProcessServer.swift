import OctopusCollections
import OctopusEngine
import OctopusProtocol
import OctopusStore
import RESP

/// An engine and its connections in memory, without sockets, threads or clocks: received bytes in,
/// output out.
///
/// The embedded engine, the scenario tests and the fuzz targets use it. Everything that a call
/// causes has happened when the call returns, except that output waits until it is taken.
package final class InProcessServer: DispatcherHost {
  private var engine: Engine
  private let dispatcher = Dispatcher()
  private let settings: ConnectionStateMachine.Settings
  private var connections: [Int64: InProcessConnection] = [:]
  private var lastConnection: Int64 = 0
  private var lastSession: SessionID = 0
  private var withOutput: [Int64] = []
  /// The engine's time, in milliseconds. The caller moves it forward.
  package var now: Instant = 0
  /// Called after each step of the engine, with its work, as `Engine.lastWork` has it, and with all
  /// effects since the input came.
  package var didStep: ((_ work: (spent: Int, left: Int), _ effects: [Effect]) -> Void)?

  package init(
    settings: ConnectionStateMachine.Settings, memoryLimit: Int? = nil,
    stepBudget: Int = Work.stepBudget
  ) {
    self.settings = settings
    engine = Engine(memoryLimit: memoryLimit, stepBudget: stepBudget)
    dispatcher.host = self
  }

  package var statistics: Statistics { engine.statistics }

  package var counters: ConnectionCounters { dispatcher.counters }

  /// When `tick` must be called at the latest; nil while nothing has a time limit.
  package var nextDeadline: Instant? { engine.nextDeadline }

  /// Sets of regular expressions that are to be compiled, which may take long, and then installed.
  package func takePatternWork() -> PatternWork? { engine.takePatternWork() }

  package func install(_ work: PatternWorkDone) { engine.install(work) }
}

// Connections.
extension InProcessServer {
  /// Opens a connection. Returns its id.
  ///
  /// - Parameter settings: those of the server, if nil.
  package func connect(
    _ peer: Peer, version: RESPVersion = .two, settings: ConnectionStateMachine.Settings? = nil
  ) -> Int64 {
    lastConnection += 1
    var state = ConnectionStateMachine(
      id: lastConnection, peer: peer, settings: settings ?? self.settings,
      counters: dispatcher.counters)
    state.outbox.setVersion(version)
    let connection = InProcessConnection(state, server: self)
    connections[lastConnection] = connection
    dispatcher.beginSession(for: connection)
    dispatcher.drain()
    return lastConnection
  }

  /// Hands bytes that the client has sent to a connection; bytes for one that is closed are
  /// dropped.
  package func receive(_ bytes: some Collection<UInt8>, from id: Int64) {
    guard let connection = connections[id] else { return }
    let isContiguous: Void? = bytes.withContiguousStorageIfAvailable {
      connection.input.append(UnsafeRawBufferPointer($0))
    }
    if isContiguous == nil {
      Array(bytes).withUnsafeBytes { connection.input.append($0) }
    }
    dispatcher.run(connection)
    dispatcher.drain()
  }

  /// Lends the next chunk of a connection's output; false when there is none.
  package func takeOutput(
    of id: Int64, _ body: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    guard let connection = connections[id] else { return false }
    guard connection.protocolState.outbox.takeChunk(body) else {
      if connection.protocolState.isClosing { connections[id] = nil }
      return false
    }
    // Room in the outbox is room for requests.
    if connection.protocolState.isReady {
      dispatcher.enqueueToRun(connection)
      dispatcher.drain()
    }
    return true
  }

  /// The connections that have new output, or are closed, since the last call.
  package func takeConnectionsWithOutput() -> [Int64] {
    defer { withOutput = [] }
    for id in withOutput { connections[id]?.isNoted = false }
    return withOutput
  }

  fileprivate func noteOutput(of id: Int64) { withOutput.append(id) }

  /// Ends a connection and its session at once; output that was not taken is dropped.
  package func disconnect(_ id: Int64) {
    guard let connection = connections.removeValue(forKey: id) else { return }
    dispatcher.close(connection)
    dispatcher.drain()
  }

  /// Whether the connection is closed and all its output is taken.
  package func isClosed(_ id: Int64) -> Bool { connections[id] == nil }

  /// The protocol state of a connection; nil once it is closed and its output is taken.
  package subscript(id: Int64) -> ConnectionStateMachine? { connections[id]?.protocolState }

  /// How many bytes of requests are received and not carried out.
  package func inputBytes(of id: Int64) -> Int { connections[id]?.input.count ?? 0 }

  /// Time has passed: waits whose limit is over end.
  package func tick() {
    dispatcher.step(.tick)
    dispatcher.drain()
  }
}

// What the dispatcher asks of its host.
extension InProcessServer {
  package func step(_ input: consuming Input, into effects: inout [Effect]) {
    engine.step(input, now: now, into: &effects)
    didStep?(engine.lastWork, effects)
    while engine.hasWork {
      engine.step(.work, now: now, into: &effects)
      didStep?(engine.lastWork, effects)
    }
  }

  package func prefetch(_ names: [NameHash]) {}

  package func makeSessionID() -> SessionID {
    lastSession += 1
    return lastSession
  }

  package func carryOut(_ command: ConnectionCommand, for connection: ClientConnection) {
    switch command {
    case .info(let sections):
      var info = ServerInfo(engine: statistics)
      info.version = settings.serverVersion
      info.clients.connected = connections.count
      info.traffic = dispatcher.counters.traffic
      dispatcher.answer(connection) { $0.append(info, sections: sections) }
    case .bind(let target): dispatcher.bind(connection, to: connections[target], id: target)
    default:
      dispatcher.refuse(
        connection, Failure(.error, "an engine in this process has no connections to do this with"))
    }
  }

  package func authenticate(_ command: ConnectionCommand, for connection: ClientConnection) {
    dispatcher.perform(connection.protocolState.authenticate(command), for: connection)
  }

  package var isPassOver: Bool { false }
  package func continuePass() {}
  package func extendPass() {}
  package func beginTurn() {}
  package func willCarryOut(_ connection: ClientConnection) {}
  package func didCarryOut(_ connection: ClientConnection) -> Bool { false }
  package func didBeginSession(_ connection: ClientConnection) {}
  package func didBeginClosing(_ connection: ClientConnection) {}
  package func willEndSession(_ connection: ClientConnection) {}
  package func didEndSession() {}
}

/// A connection whose output the owner of the server takes when it likes.
private final class InProcessConnection: ClientConnection {
  // Safe: the server owns its connections.
  private unowned let server: InProcessServer
  var isNoted = false

  init(_ state: ConnectionStateMachine, server: InProcessServer) {
    self.server = server
    super.init(state)
  }

  override func flush(most chunks: Int) -> Bool {
    if !isNoted { server.noteOutput(of: id) }
    isNoted = true
    return true
  }
}
