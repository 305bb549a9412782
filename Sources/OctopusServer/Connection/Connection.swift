import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// One client's connection, without its socket: bytes and effects in, output and actions out.
///
/// It takes one request at a time. A request that goes to the engine is answered by an effect, usually
/// before `step` returns; until then, however long that is, no other is taken.
package struct Connection {
  /// What the host must do before it asks for the next request.
  package enum Action: ~Copyable {
    /// All is done; the answer stands in the outbox.
    case done
    /// The engine's effects will bring the answer.
    case step(Input)
    /// Only the host knows the answer; it calls `answer`.
    case host(ConnectionCommand)
    /// A password is tried; the host calls `attempt`, perhaps later.
    case attempt(ConnectionCommand)
    /// Ends the session, if there is one, and begins another.
    case beginSession
    /// Ends the session, and the connection when its output is written.
    case close
  }

  /// What the connection waits for.
  private enum Waiting {
    case nothing
    case engine(RequestID)
    case host
  }

  /// Names the connection for as long as the server lives.
  let id: Int64
  package private(set) var peer: Peer
  let shared: Shared
  /// That of the event loop that it lives on.
  var tally: Tally

  package var session: SessionID?
  package private(set) var isAuthenticated: Bool
  package private(set) var isClosing = false
  private(set) var wrongPasswords = 0
  private var waiting = Waiting.nothing
  private var lastRequest: RequestID = 0
  private var decoder: RequestDecoder
  package var outbox = Outbox()
  private(set) var transaction: Transaction?

  /// The client whose session's events this connection carries.
  private(set) var carriesEventsOf: Int64?
  /// Whether another connection carries this session's events.
  var hasEventConnection = false
  /// It asked, over RESP3, for events that RESP2 could not carry here.
  private var hasTriggers = false
  private(set) var subscriptions = 0
  private(set) var patternSubscriptions = 0

  private(set) var name: [UInt8] = []
  private(set) var libraryName: [UInt8] = []
  private(set) var libraryVersion: [UInt8] = []
  /// The request at hand, for MONITOR and SLOWLOG.
  private(set) var request: Request?
  private(set) var lastCommand: CommandName?

  /// What all connections of a server have in common.
  package struct Shared: Sendable {
    var access: Access
    /// What CONFIG GET knows.
    var settings: [String: String]
    var version: String

    package init(access: Access, settings: [String: String], version: String) {
      self.access = access
      self.settings = settings
      self.version = version
    }
  }

  package init(id: Int64, peer: Peer, shared: Shared, tally: Tally) {
    self.id = id
    self.peer = peer
    self.shared = shared
    self.tally = tally
    isAuthenticated = !shared.access.mustAuthenticate(peer)
    decoder = RequestDecoder(limits: isAuthenticated ? .ofClients : .ofStrangers)
  }

  var version: RESPVersion { outbox.version }

  /// The request for whose answer it waits.
  var blockedRequest: RequestID? {
    if case .engine(let request) = waiting { request } else { nil }
  }

  var isBlocked: Bool { blockedRequest != nil }

  var isWaitingForHost: Bool { if case .host = waiting { true } else { false } }

  /// Whether the next request may be taken: none is under way, and the client reads its answers.
  package var isReady: Bool {
    if isClosing { return false }
    guard case .nothing = waiting else { return false }
    return outbox.hasRoom
  }

  /// In RESP2 a connection with subscriptions can say little else.
  var isSubscribed: Bool {
    version == .two && subscriptions + patternSubscriptions > 0
  }

  /// Whether any command may come, so that no more needs to be known about this one.
  private var isUnrestricted: Bool {
    isAuthenticated && transaction == nil && carriesEventsOf == nil
      && subscriptions + patternSubscriptions == 0
  }
}

// Requests.
extension Connection {
  /// Takes the next request off the front of `input`; nil when there is no whole one.
  package mutating func next(_ input: inout UnsafeRawBufferPointer) -> Action? {
    precondition(isReady, "one request at a time")
    releaseRequest()
    let request: Request
    do throws(ProtocolError) {
      guard let next = try decoder.next(&input) else { return nil }
      request = next
    } catch {
      outbox.answer { $0.error(code: "ERR", message: error.message) }
      tally.count(Failure(.error, ""))
      return .close
    }
    tally.commandsProcessed += 1
    let action: Action
    do throws(Failure) {
      action = try carryOut(request)
    } catch {
      transaction?.abort()
      answer(error)
      action = .done
    }
    // Kept for whoever looks at it later.
    self.request = request
    return action
  }

  /// The host is done with the request at hand.
  mutating func releaseRequest() {
    guard request != nil else { return }
    decoder.recycle(&request!)
    request = nil
  }

  private func checkAllowed(_ command: CommandName) throws(Failure) {
    if let client = carriesEventsOf, ![.ping, .reset, .quit].contains(command) {
      throw Failure(
        .error, "this connection carries the events of client \(client): only PING, RESET and QUIT")
    }
    let refusal = CommandTable.standard[command].refusal(
      isAuthenticated: isAuthenticated, isRESP2Subscriber: isSubscribed,
      isInTransaction: transaction != nil)
    if let refusal { throw refusal }
  }

  private mutating func carryOut(_ request: Request) throws(Failure) -> Action {
    let name = try CommandTable.standard.identify(request)
    lastCommand = name
    if !isUnrestricted { try checkAllowed(name) }
    switch try Call(request, as: name) {
    case .connection(let command):
      return carryOut(command)
    case .engine(let command):
      try checkBinding(command)
      if transaction != nil {
        try transaction!.queue(command, byteCount: request.byteCount)
        outbox.answer { $0.simple("QUEUED") }
        return .done
      }
      let (session, number) = beginRequest()
      return .step(.request(session, number, command))
    }
  }

  private mutating func checkBinding(_ command: Command) throws(Failure) {
    var wantsEvents = command.trigger != nil || command.deferTag != nil
    if case .observe = command.operation { wantsEvents = true }
    guard wantsEvents else { return }
    if version == .two, !hasEventConnection {
      throw Failure(
        .noBinding, "events need RESP3 (HELLO 3), or a second connection that says BIND \(id)")
    }
    hasTriggers = hasTriggers || version == .three
  }

  /// From here on it waits for the engine.
  private mutating func beginRequest() -> (SessionID, RequestID) {
    guard let session else { preconditionFailure("an authenticated connection has a session") }
    lastRequest += 1
    waiting = .engine(lastRequest)
    return (session, lastRequest)
  }

  /// EXEC.
  mutating func execute() -> Action {
    guard let transaction else {
      answer(.execWithoutMulti)
      return .done
    }
    self.transaction = nil
    guard !transaction.isAborted else {
      answer(.transactionAborted)
      return .done
    }
    guard !transaction.commands.isEmpty else {
      outbox.append(.array([]))
      return .done
    }
    let (session, number) = beginRequest()
    return .step(.transaction(session, number, transaction.commands))
  }

  mutating func beginTransaction() throws(Failure) {
    guard transaction == nil else { throw .nestedMulti }
    transaction = Transaction()
  }

  mutating func discardTransaction() throws(Failure) {
    guard transaction != nil else { throw .discardWithoutMulti }
    transaction = nil
  }
}

// Answers.
extension Connection {
  mutating func answer(_ failure: Failure) {
    tally.count(failure)
    outbox.answer { $0.append(failure) }
  }

  /// The host will answer.
  package mutating func waitForHost() { waiting = .host }

  mutating func endWaitForHost() {
    if case .host = waiting { waiting = .nothing }
  }

  /// The host has answered, unless the connection is past caring.
  package mutating func answerFromHost(_ write: (inout RESPEncoder) -> Void) {
    endWaitForHost()
    if !isClosing { outbox.answer(write) }
  }

  /// The engine's answer to the request under way.
  package mutating func receive(_ reply: Reply, to request: RequestID) {
    guard case .engine(request) = waiting else { return }
    waiting = .nothing
    switch reply {
    case .error(let failure): tally.count(failure)
    case .acknowledgements(let all): for one in all { count(one) }
    default: break
    }
    outbox.append(reply)
  }

  /// Acknowledgements count subscriptions of both kinds together.
  private mutating func count(_ acknowledgement: Acknowledgement) {
    let change = acknowledgement.count - subscriptions - patternSubscriptions
    switch acknowledgement.kind {
    case .subscribe, .unsubscribe: subscriptions += change
    case .psubscribe, .punsubscribe: patternSubscriptions += change
    }
  }

  /// Drops what waits to be written, and the connection after it.
  package mutating func overflow() {
    guard !isClosing else { return }
    let failure = Failure(.overflow, "events were not read in time: the session has ended")
    tally.count(failure)
    outbox.overflow(failure)
    isClosing = true
  }

  package mutating func beginClosing() { isClosing = true }

  /// From now on it only carries the events of another client's session.
  mutating func beginCarrying(eventsOf client: Int64) {
    carriesEventsOf = client
    // Its own session has ended, and what that had asked for.
    hasTriggers = false
    subscriptions = 0
    patternSubscriptions = 0
  }
}

// What the client says of itself.
extension Connection {
  mutating func setName(_ name: [UInt8]) { self.name = name }
  mutating func setLibraryName(_ name: [UInt8]) { libraryName = name }
  mutating func setLibraryVersion(_ version: [UInt8]) { libraryVersion = version }

  /// True if the connection was let in only now, and needs a session.
  mutating func authenticate(_ credentials: Credentials) throws(Failure) -> Bool {
    guard shared.access.admits(user: credentials.user, password: credentials.password) else {
      if shared.access.hasPassword { wrongPasswords += 1 }
      throw .wrongPassword
    }
    defer { isAuthenticated = true }
    // Wrong passwords before the first right one are forgotten; a guesser that is in goes on counting.
    if !isAuthenticated { wrongPasswords = 0 }
    decoder.limits = .ofClients
    return !isAuthenticated
  }

  mutating func setVersion(_ version: RESPVersion) throws(Failure) {
    if version == .two, hasTriggers {
      throw Failure(
        .error, "this session has triggers or deferred waits, whose pushes need RESP3: RESET first")
    }
    outbox.setVersion(version)
  }

  /// As a connection that has just come, except for its number.
  mutating func reset() {
    transaction = nil
    carriesEventsOf = nil
    hasEventConnection = false
    hasTriggers = false
    subscriptions = 0
    patternSubscriptions = 0
    name = []
    isAuthenticated = !shared.access.mustAuthenticate(peer)
    decoder.limits = isAuthenticated ? .ofClients : .ofStrangers
    outbox.setVersion(.two)
  }
}

extension RequestLimits {
  static let ofClients = RequestLimits(
    arguments: Limits.arguments, argumentBytes: Limits.argumentBytes,
    requestBytes: Limits.requestBytes, inlineBytes: Limits.inlineBytes)

  /// Before the password, when all that is needed is HELLO or AUTH.
  static let ofStrangers = RequestLimits(
    arguments: 16, argumentBytes: 4 << 10, requestBytes: 16 << 10, inlineBytes: 4 << 10)
}
