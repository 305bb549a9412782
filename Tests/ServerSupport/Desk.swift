import OctopusEngine
import OctopusProtocol
import OctopusRecords
import OctopusServer
import RESP

/// Connections and an engine without sockets, threads or clocks: bytes in, bytes out, at once.
package final class Desk {
  private var engine = Engine()
  private var connections: [Int: Connection] = [:]
  private var inputs: [Int: [UInt8]] = [:]
  /// How much of the input was taken.
  private var taken: [Int: Int] = [:]
  private var sessions: [SessionID: Int] = [:]
  private var lastSession: SessionID = 0
  package private(set) var now: Instant = 0
  package let tally = Tally()

  /// What a connection asked the host for.
  package private(set) var hostCommands: [ConnectionCommand] = []
  /// Whether the loop may write; else output stays where it is.
  package var isWriting = true
  private var outputs: [Int: [UInt8]] = [:]

  package init() {}

  package func connect(
    _ transport: Peer.Transport = .unix, password: String? = nil, userID: UInt32 = 0
  ) -> Int {
    let id = connections.count + 1
    let peer = Peer(
      transport: transport, descriptor: -1, address: "peer:\(id)", localAddress: "here:0",
      userID: userID)
    let shared = Connection.Shared(
      access: Access(password: password.map { Array($0.utf8) }), settings: ["save": ""],
      version: "1")
    connections[id] = Connection(id: Int64(id), peer: peer, shared: shared, tally: tally)
    if connections[id]!.isAuthenticated { beginSession(id) }
    return id
  }

  package subscript(id: Int) -> Connection {
    get { connections[id]! }
    set { connections[id] = newValue }
  }

  /// Gives bytes to a connection, and every connection what follows.
  package func send(_ bytes: some Sequence<UInt8>, to id: Int) {
    inputs[id, default: []] += bytes
    run()
  }

  package func send(_ text: String, to id: Int) { send(text.utf8, to: id) }

  /// What a connection has said since the last time.
  package func readBytes(_ id: Int) -> [UInt8] {
    drain(id)
    return outputs.removeValue(forKey: id) ?? []
  }

  package func read(_ id: Int) -> String { String(decoding: readBytes(id), as: UTF8.self) }

  package func exchange(_ text: String, on id: Int) -> String {
    send(text, to: id)
    return read(id)
  }

  /// Takes a chunk of output, as a slow socket would.
  package func takeChunk(_ id: Int) -> [UInt8]? {
    var chunk: [UInt8] = []
    return connections[id]!.outbox.takeChunk({ chunk = Array($0) }) ? chunk : nil
  }

  package func unread(_ id: Int) -> Int { (inputs[id]?.count ?? 0) - (taken[id] ?? 0) }

  package func pass(milliseconds: Int64) {
    now += milliseconds
    step(.tick)
    run()
  }

  package func end(_ id: Int) {
    endSession(id)
    run()
  }

  package var statistics: Statistics { engine.statistics }

  /// Compiles the sets of regular expressions that are due.
  package func compilePatterns() {
    while let work = engine.takePatternWork() { engine.install(work.run()) }
  }

  private func run() {
    var isBusy = true
    while isBusy {
      isBusy = false
      for id in connections.keys.sorted() {
        while connections[id]!.isReady, let action = next(id) {
          perform(action, id)
          isBusy = true
        }
        // Room for answers is room for requests.
        if isWriting, drain(id) { isBusy = true }
      }
    }
  }

  private func next(_ id: Int) -> Connection.Action? {
    let input = inputs[id] ?? []
    let start = taken[id] ?? 0
    var action: Connection.Action?
    input.withUnsafeBytes { bytes in
      var rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
      action = connections[id]!.next(&rest)
      taken[id] = input.count - rest.count
    }
    return action
  }

  private func perform(_ action: consuming Connection.Action, _ id: Int) {
    switch consume action {
    case .done: break
    case .step(let input): step(input)
    case .host(let command):
      hostCommands.append(command)
      connections[id]!.waitForHost()
      connections[id]!.answerFromHost { $0.simple("HOST") }
    case .attempt(let command): perform(connections[id]!.attempt(command), id)
    case .beginSession: beginSession(id)
    case .close: close(id)
    }
  }

  private func close(_ id: Int) {
    connections[id]!.beginClosing()
    endSession(id)
  }

  private func beginSession(_ id: Int) {
    endSession(id)
    guard connections[id]!.isAuthenticated else { return }
    lastSession += 1
    connections[id]!.session = lastSession
    sessions[lastSession] = id
    step(.opened(lastSession, connections[id]!.peer.principal))
  }

  private func endSession(_ id: Int) {
    guard let session = connections[id]!.session else { return }
    connections[id]!.session = nil
    sessions[session] = nil
    step(.ended(session))
  }

  private func step(_ input: Input) {
    var effects: [Effect] = []
    engine.step(input, now: now, into: &effects)
    for effect in effects { deliver(effect) }
  }

  private func deliver(_ effect: Effect) {
    switch effect {
    case .reply(let session, let request, let reply, _):
      if let id = sessions[session] { connections[id]!.receive(reply, to: request) }
    case .deferred(let session, let tag, let reply, _):
      guard let id = sessions[session] else { return }
      let fits = connections[id]!.outbox.append(deferred: tag, reply)
      if !fits { overflow(id) }
    case .event(let event, let deliveries):
      for delivery in deliveries {
        guard let id = sessions[delivery.session] else { continue }
        let fits = connections[id]!.outbox.append(
          event, to: delivery.sink, isLast: delivery.isLast)
        if !fits { overflow(id) }
      }
    case .message(let record, let subscribers, _):
      var message = Message(record, to: subscribers.count)
      for subscriber in subscribers {
        guard let id = sessions[subscriber.session] else { continue }
        let fits = connections[id]!.outbox.append(&message, source: subscriber.source)
        if !fits { overflow(id) }
      }
    case .overflow(let session):
      if let id = sessions[session] { connections[id]!.overflow() }
    case .change: break
    }
  }

  private func overflow(_ id: Int) {
    connections[id]!.overflow()
    close(id)
  }

  /// Whether there was anything.
  @discardableResult
  private func drain(_ id: Int) -> Bool {
    var wasAny = false
    while let chunk = takeChunk(id) {
      outputs[id, default: []] += chunk
      wasAny = true
    }
    return wasAny
  }
}

/// A request as client libraries write it.
package func request(_ arguments: String...) -> String {
  var encoder = RESPEncoder(version: .two)
  encoder.command(arguments)
  return String(decoding: encoder.bytes, as: UTF8.self)
}
