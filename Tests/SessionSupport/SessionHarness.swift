import OctopusEngine
import OctopusProtocol
import OctopusSession
import OctopusStore
import RESP

/// Connections and an engine without sockets, threads or clocks, for tests: text in, text out, at
/// once.
package final class SessionHarness {
  private let server: InProcessServer
  /// Whether output is taken as soon as there is some; else it waits for `takeChunk`, as for a slow
  /// reader.
  package var takesOutput = true
  private var outputs: [Int64: [UInt8]] = [:]

  /// - Parameter stepBudget: the work of a step of the engine.
  package init(stepBudget: Int = Work.stepBudget) {
    server = InProcessServer(
      settings: SessionHarness.settings(password: nil), stepBudget: stepBudget)
  }

  /// Called after each step of the engine; see `InProcessServer`.
  package var didStep: ((_ work: (spent: Int, left: Int), _ effects: [Effect]) -> Void)? {
    get { server.didStep }
    set { server.didStep = newValue }
  }

  private static func settings(password: String?) -> ConnectionStateMachine.Settings {
    ConnectionStateMachine.Settings(
      authenticator: Authenticator(password: password.map { Array($0.utf8) }),
      configuration: ["save": ""], serverVersion: "1")
  }

  package func connect(
    _ transport: Peer.Transport = .unix, password: String? = nil, userID: UInt32 = 0
  ) -> Int64 {
    let peer = Peer(
      transport: transport, address: "peer:1", localAddress: "here:0", userID: userID,
      isAdministrator: transport == .unix && userID == 0)
    return server.connect(peer, settings: Self.settings(password: password))
  }

  /// The state of a connection; nil once it is closed and its output is taken.
  package subscript(id: Int64) -> ConnectionStateMachine? { server[id] }

  package func isClosing(_ id: Int64) -> Bool { server[id]?.isClosing ?? true }

  /// Hands bytes to a connection, and takes the output that this causes on all of them.
  package func send(_ bytes: some Sequence<UInt8>, to id: Int64) {
    server.receive(Array(bytes), from: id)
    takeOutput()
  }

  package func send(_ text: String, to id: Int64) { send(text.utf8, to: id) }

  /// The output of a connection since the last call.
  package func readBytes(_ id: Int64) -> [UInt8] {
    drain(id)
    return outputs.removeValue(forKey: id) ?? []
  }

  package func read(_ id: Int64) -> String { String(decoding: readBytes(id), as: UTF8.self) }

  package func exchange(_ text: String, on id: Int64) -> String {
    send(text, to: id)
    return read(id)
  }

  /// Takes a chunk of output, as a slow socket would.
  package func takeChunk(_ id: Int64) -> [UInt8]? {
    var chunk: [UInt8] = []
    return server.takeOutput(of: id) { chunk = Array($0) } ? chunk : nil
  }

  /// How many bytes of requests wait to be carried out.
  package func inputBytes(of id: Int64) -> Int { server.inputBytes(of: id) }

  package func advance(milliseconds: Int64) {
    server.now += milliseconds
    server.tick()
    takeOutput()
  }

  package func disconnect(_ id: Int64) {
    server.disconnect(id)
    takeOutput()
  }

  package var statistics: Statistics { server.statistics }

  package var counters: ConnectionCounters { server.counters }

  /// Compiles the sets of regular expressions that are due.
  package func compilePatterns() {
    while let work = server.takePatternWork() { server.install(work.run()) }
  }

  private func takeOutput() {
    guard takesOutput else { return }
    while true {
      let ids = server.takeConnectionsWithOutput()
      if ids.isEmpty { return }
      for id in ids { drain(id) }
    }
  }

  private func drain(_ id: Int64) {
    while let chunk = takeChunk(id) { outputs[id, default: []] += chunk }
  }
}

/// A request as client libraries write it.
package func request(_ arguments: String...) -> String {
  var encoder = RESPEncoder(version: .two)
  encoder.command(arguments)
  return String(decoding: encoder.bytes, as: UTF8.self)
}
