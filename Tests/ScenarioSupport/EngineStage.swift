import OctopusEngine
import OctopusProtocol
import RESP

/// The engine alone, with a manual clock, through the protocol's parser and its rendering.
package final class EngineStage: Stage {
  private struct Client {
    let session: SessionID
    var output = RESPEncoder(version: .three)
    /// Since MULTI; nil outside.
    var transaction: [Command]?
    var isTransactionAborted = false
    var waitsFor: RequestID?
    /// What was sent behind a command that waits.
    var backlog: [Request] = []
  }

  private var engine: Engine
  private var clients: [String: Client] = [:]
  private var names: [SessionID: String] = [:]
  private var now: Instant = 0
  private var lastRequest: RequestID = 0

  package init(memoryLimit: Int? = nil) { engine = Engine(memoryLimit: memoryLimit) }

  package var hasManualClock: Bool { true }

  package func send(_ request: Request, from client: String) throws {
    if clients[client] == nil {
      let session = SessionID(names.count + 1)
      clients[client] = Client(session: session)
      names[session] = client
      step(.opened(session, Principal(isAdministrator: true)))
    }
    clients[client]!.backlog.append(request)  // It was made above.
    try run(client)
  }

  package func leave(_ client: String) throws {
    guard let left = clients.removeValue(forKey: client) else {
      throw StageFailure(description: "\(client) was never there")
    }
    step(.ended(left.session))
    try runAll()
  }

  package func pass(milliseconds: Int64, until awaited: [String: Int]) throws {
    now += milliseconds
    step(.tick)
    try runAll()
  }

  package func received() throws -> [String: [RESPValue]] {
    defer { for name in clients.keys { clients[name]?.output.bytes = [] } }
    return try clients.mapValues { try Self.read($0.output.bytes) }
  }

  private static func read(_ bytes: [UInt8]) throws -> [RESPValue] {
    var decoder = ReplyDecoder()
    return try bytes.withUnsafeBytes { bytes in
      var rest = bytes
      var values: [RESPValue] = []
      while let value = try decoder.next(&rest) { values.append(value) }
      return values
    }
  }

  // MARK: As a connection does it

  private func runAll() throws { for client in clients.keys.sorted() { try run(client) } }

  private func run(_ name: String) throws {
    while let client = clients[name], client.waitsFor == nil, !client.backlog.isEmpty {
      let request = clients[name]!.backlog.removeFirst()  // It is there, as was just said.
      do throws(Failure) {
        guard try carryOut(request, for: name) else {
          throw Failure(.error, "the engine alone does not know this command")
        }
      } catch {
        clients[name]?.isTransactionAborted = true
        clients[name]?.output.append(error)
      }
      try runAll()
    }
  }

  private func carryOut(_ request: Request, for name: String) throws(Failure) -> Bool {
    let command = try CommandTable.standard.identify(request)
    let refusal = CommandTable.standard[command].refusal(
      isAuthenticated: true, isRESP2Subscriber: false,
      isInTransaction: clients[name]?.transaction != nil)
    if let refusal { throw refusal }
    switch try Call(request, as: command) {
    case .engine(let command):
      if clients[name]?.transaction != nil {
        clients[name]?.transaction?.append(command)
        clients[name]?.output.simple("QUEUED")
      } else {
        submit(name) { .request($0, $1, command) }
      }
    case .connection(.multi): try begin(name)
    case .connection(.exec): try execute(name)
    case .connection(.discard):
      guard clients[name]?.transaction != nil else { throw .discardWithoutMulti }
      clients[name]?.transaction = nil
      clients[name]?.output.simple("OK")
    case .connection(.ping): clients[name]?.output.append(pong: nil, isRESP2Subscriber: false)
    default: return false
    }
    return true
  }

  private func begin(_ name: String) throws(Failure) {
    guard clients[name]?.transaction == nil else { throw .nestedMulti }
    clients[name]?.transaction = []
    clients[name]?.isTransactionAborted = false
    clients[name]?.output.simple("OK")
  }

  private func execute(_ name: String) throws(Failure) {
    guard let commands = clients[name]?.transaction else { throw .execWithoutMulti }
    clients[name]?.transaction = nil
    if clients[name]?.isTransactionAborted == true { throw .transactionAborted }
    submit(name) { .transaction($0, $1, commands) }
  }

  private func submit(_ name: String, _ input: (SessionID, RequestID) -> Input) {
    guard let session = clients[name]?.session else { return }
    lastRequest += 1
    clients[name]?.waitsFor = lastRequest
    step(input(session, lastRequest))
  }

  private func step(_ input: Input) {
    var effects: [Effect] = []
    engine.step(input, now: now, into: &effects)
    for effect in effects { deliver(effect) }
  }

  private func deliver(_ effect: Effect) {
    switch effect {
    case .change, .overflow: break
    case .reply(let session, _, let reply, _):
      write(to: session) { client in
        client.waitsFor = nil
        client.output.append(reply)
      }
    case .deferred(let session, let tag, let reply, _):
      write(to: session) { $0.output.append(deferred: tag, reply) }
    case .event(let event, let deliveries):
      for delivery in deliveries {
        write(to: delivery.session) {
          $0.output.append(event, to: delivery.sink, isLast: delivery.isLast)
        }
      }
    case .message(let record, let subscribers, _):
      for subscriber in subscribers {
        write(to: subscriber.session) {
          $0.output.append(message: record, source: subscriber.source)
        }
      }
    }
  }

  private func write(to session: SessionID, _ body: (inout Client) -> Void) {
    guard let name = names[session], clients[name]?.session == session else { return }
    body(&clients[name]!)  // It is there, as was just said.
  }
}
