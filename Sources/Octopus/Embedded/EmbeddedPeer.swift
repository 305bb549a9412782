import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// What a server's connection is to a client, for an engine in this process: requests in, steps and
/// replies out. A synchronous state machine.
struct EmbeddedPeer {
  enum Action {
    /// A step for the engine; what follows from it comes to `answer`.
    case step(Input)
    /// The reply stands in the output.
    case answered
    /// What came is no protocol: this is the end.
    case end(OctopusError)
  }

  let session: SessionID
  private var decoder = RequestDecoder(
    limits: RequestLimits(
      arguments: Limits.arguments, argumentBytes: Limits.argumentBytes,
      requestBytes: Limits.requestBytes, inlineBytes: Limits.inlineBytes))
  private var input: [UInt8] = []
  /// How much of the input has been read.
  private var position = 0
  private var output = RESPEncoder(version: .three)
  private var lastRequest: RequestID = 0
  /// A command waits: those behind it wait too.
  private var isWaiting = false
  /// Commands since MULTI, while there is one.
  private var queued: [Command]?
  private var isAborted = false

  init(session: SessionID) { self.session = session }

  mutating func receive(_ bytes: [UInt8]) { input.append(contentsOf: bytes) }

  /// What the next request asks for; nil when there is none, or one before it still waits.
  mutating func next(figures: () -> Statistics) -> Action? {
    guard !isWaiting, !input.isEmpty else { return nil }
    do throws(ProtocolError) {
      guard let request = try nextRequest() else { return nil }
      return perform(request, figures)
    } catch {
      (input, position) = ([], 0)
      return .end(.connectionLost(error.message))
    }
  }

  /// Writes what an engine's step had for this session, and takes all that is written.
  mutating func answer(_ parcels: [EmbeddedLink.Parcel]) -> [UInt8] {
    for parcel in parcels {
      switch parcel {
      case .reply(let reply):
        isWaiting = false
        output.append(reply)
      case .deferred(let tag, let reply): output.append(deferred: tag, reply)
      case .event(let event, let delivery):
        output.append(event, to: delivery.sink, isLast: delivery.isLast)
      case .message(let record, let subscriber):
        output.append(message: record, source: subscriber.source)
      }
    }
    defer { output.bytes = [] }
    return output.bytes
  }

  private mutating func nextRequest() throws(ProtocolError) -> Request? {
    let (request, taken) = try input.withUnsafeBufferPointer {
      (bytes) throws(ProtocolError) -> (Request?, Int) in
      var rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[position...])
      let request = try decoder.next(&rest)
      return (request, bytes.count - rest.count)
    }
    position = taken
    if position == input.count { (input, position) = ([], 0) }
    return request
  }

  private mutating func perform(_ request: Request, _ figures: () -> Statistics) -> Action {
    do throws(Failure) {
      switch try Call(request) {
      case .engine(let command): return perform(command)
      case .connection(let command): return try perform(command, figures)
      }
    } catch {
      isAborted = true
      output.append(error)
      return .answered
    }
  }

  private mutating func perform(_ command: Command) -> Action {
    guard queued == nil else {
      queued?.append(command)
      output.simple("QUEUED")
      return .answered
    }
    return .step(.request(session, beginRequest(), command))
  }

  /// A request that will be answered, by its step or by a later one.
  private mutating func beginRequest() -> RequestID {
    lastRequest += 1
    isWaiting = true
    return lastRequest
  }

  private mutating func perform(
    _ command: ConnectionCommand, _ figures: () -> Statistics
  ) throws(Failure) -> Action {
    switch command {
    case .multi:
      guard queued == nil else { throw Failure(.error, "MULTI calls can not be nested") }
      (queued, isAborted) = ([], false)
      output.simple("OK")
    case .exec:
      guard let commands = queued else { throw Failure(.error, "EXEC without MULTI") }
      queued = nil
      if isAborted {
        throw Failure(.executionAborted, "Transaction discarded because of previous errors.")
      }
      return .step(.transaction(session, beginRequest(), commands))
    case .discard:
      guard queued != nil else { throw Failure(.error, "DISCARD without MULTI") }
      queued = nil
      output.simple("OK")
    case .ping(let message):
      if let message { output.bulk(message) } else { output.simple("PONG") }
    case .echo(let message): output.bulk(message)
    case .info(let sections): output.append(self.figures(figures()), sections: sections)
    case .commandTable(let question): output.append(question)
    case .help(let command): output.append(helpFor: command)
    case .client(.id): output.integer(session)
    default: throw Failure(.error, "an engine in this process has no connections to do this with")
    }
    return .answered
  }

  private func figures(_ engine: Statistics) -> Figures {
    var figures = Figures(engine: engine)
    figures.version = OctopusClient.version
    figures.connectedClients = engine.sessions
    return figures
  }
}
