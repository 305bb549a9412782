import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// The protocol of one connection: received bytes and replies in, output and actions out. It knows
/// no socket, no thread and no clock.
///
/// It takes one request at a time. A request to the engine is answered by an effect, usually before
/// the step returns; until then, however long that is, the connection takes no other request.
package struct ConnectionStateMachine {
  /// What the dispatcher must do before it asks for the next request.
  package enum Action: ~Copyable {
    /// Nothing; the reply is in the outbox.
    case none
    /// A step of the engine, whose effects bring the reply.
    case step(Input)
    /// A command that only the host can answer, by `answerFromHost`.
    case host(ConnectionCommand)
    /// A password to be checked by `authenticate`, now or later.
    case authenticate(ConnectionCommand)
    /// Ends the session, if there is one, and begins another.
    case beginSession
    /// Ends the session now, and the connection when its output is written.
    case close
  }

  private enum State {
    /// The next request may be taken.
    case idle
    case waitingForEngine(RequestID)
    case waitingForHost
    /// No more requests are taken; what is in the outbox is still written.
    case closing
  }

  /// Identifies the connection for as long as the server lives.
  package let id: Int64
  package let peer: Peer
  package let settings: Settings
  /// Those of the dispatcher that the connection belongs to.
  package var counters: ConnectionCounters

  package var session: SessionID?
  package private(set) var isAuthenticated: Bool
  package private(set) var wrongPasswords = 0
  private var state = State.idle
  private var lastRequest: RequestID = 0
  var decoder: RequestDecoder
  package var outbox = Outbox()
  package private(set) var transaction: QueuedTransaction?

  /// The client whose events this connection carries, after BIND.
  package private(set) var carriesEventsOf: Int64?
  /// Whether another connection carries this session's events.
  var hasEventConnection = false
  /// The session has asked for pushes that need RESP3 on this connection.
  private var hasTriggers = false
  package private(set) var subscriptions = 0
  package private(set) var patternSubscriptions = 0

  package private(set) var name: [UInt8] = []
  package private(set) var libraryName: [UInt8] = []
  package private(set) var libraryVersion: [UInt8] = []
  /// The request under way, for MONITOR and SLOWLOG.
  package private(set) var request: Request?
  package private(set) var lastCommand: CommandName?
  /// The beginning of a request has come, and perhaps not its end.
  var mayHoldRequest = false

  /// What all connections of a server have in common.
  package struct Settings: Sendable {
    package var authenticator: Authenticator
    /// What CONFIG GET answers.
    package var configuration: [String: String]
    package var serverVersion: String
    /// What HELLO says of the journal; nil: none is kept.
    package var journal: (@Sendable () -> (store: String, durable: Revision))?

    package init(
      authenticator: Authenticator = Authenticator(password: nil),
      configuration: [String: String] = [:], serverVersion: String,
      journal: (@Sendable () -> (store: String, durable: Revision))? = nil
    ) {
      self.journal = journal
      self.authenticator = authenticator
      self.configuration = configuration
      self.serverVersion = serverVersion
    }
  }

  package init(id: Int64, peer: Peer, settings: Settings, counters: ConnectionCounters) {
    self.id = id
    self.peer = peer
    self.settings = settings
    self.counters = counters
    isAuthenticated = !settings.authenticator.requiresPassword(peer)
    decoder = RequestDecoder(limits: isAuthenticated ? .standard : .beforeAuthentication)
  }

  package var version: RESPVersion { outbox.version }

  /// The request whose reply the engine owes.
  package var blockedRequest: RequestID? {
    if case .waitingForEngine(let request) = state { request } else { nil }
  }

  package var isBlocked: Bool { blockedRequest != nil }

  /// Whether the reply may never come: others must do something first, such as give back a lock.
  package var waitsForOthers: Bool {
    guard isBlocked, let lastCommand else { return false }
    return CommandTable.standard[lastCommand].flags.contains(.blocking)
  }

  package var isWaitingForHost: Bool { if case .waitingForHost = state { true } else { false } }

  package var isClosing: Bool { if case .closing = state { true } else { false } }

  /// Whether the next request may be taken: none is under way, and the client reads its replies.
  package var isReady: Bool {
    guard case .idle = state else { return false }
    return outbox.hasRoom
  }

  /// Over RESP2 a connection with subscriptions may send few other commands.
  var isRESP2Subscriber: Bool {
    version == .two && subscriptions + patternSubscriptions > 0
  }

  /// Whether any command is allowed, so that this one need not be checked.
  private var isUnrestricted: Bool {
    isAuthenticated && transaction == nil && carriesEventsOf == nil
      && subscriptions + patternSubscriptions == 0
  }
}

// Requests.
extension ConnectionStateMachine {
  /// Takes the next request off the front of `input`; nil when there is no whole one.
  package mutating func next(_ input: inout UnsafeRawBufferPointer) -> Action? {
    precondition(isReady, "one request at a time")
    releaseRequest()
    let request: Request
    do throws(ProtocolError) {
      guard let next = try decoder.next(&input) else {
        mayHoldRequest = true
        return nil
      }
      request = next
    } catch {
      outbox.append { $0.error(code: "ERR", message: error.message) }
      counters.traffic.count(Failure(.error, ""))
      return .close
    }
    counters.traffic.commandsProcessed += 1
    let action: Action
    do throws(Failure) {
      action = try carryOut(request)
    } catch {
      transaction?.abort()
      refuse(error)
      action = .none
    }
    // Kept until the dispatcher has recorded it.
    self.request = request
    return action
  }

  /// The dispatcher needs the request under way no more: its memory serves the next.
  package mutating func releaseRequest() {
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
      isAuthenticated: isAuthenticated, isRESP2Subscriber: isRESP2Subscriber,
      isInTransaction: transaction != nil)
    if let refusal { throw refusal }
  }

  private mutating func carryOut(_ request: Request) throws(Failure) -> Action {
    let name = try CommandTable.standard.identify(request)
    lastCommand = name
    if !isUnrestricted { try checkAllowed(name) }
    switch try ParsedCommand(request, as: name) {
    case .connection(let command):
      return carryOut(command)
    case .engine(let command):
      try checkBinding(command)
      if transaction != nil {
        try transaction!.append(command)
        outbox.append { $0.simple("QUEUED") }
        return .none
      }
      let (session, number) = beginRequest()
      return .step(.request(session, number, command))
    }
  }

  private mutating func checkBinding(_ command: Command) throws(Failure) {
    var needsPushes = command.trigger != nil || command.deferTag != nil
    if case .observe = command.operation { needsPushes = true }
    guard needsPushes else { return }
    if version == .two, !hasEventConnection {
      throw Failure(
        .noBinding, "events need RESP3 (HELLO 3), or a second connection that says BIND \(id)")
    }
    hasTriggers = hasTriggers || version == .three
  }

  /// The connection waits for the engine from here on.
  private mutating func beginRequest() -> (SessionID, RequestID) {
    guard let session else { preconditionFailure("an authenticated connection has a session") }
    lastRequest += 1
    state = .waitingForEngine(lastRequest)
    return (session, lastRequest)
  }

  mutating func execute() -> Action {
    guard let transaction else {
      refuse(.execWithoutMulti)
      return .none
    }
    self.transaction = nil
    guard !transaction.isAborted else {
      refuse(.transactionAborted)
      return .none
    }
    guard !transaction.commands.isEmpty else {
      outbox.append(.array([]))
      return .none
    }
    let (session, number) = beginRequest()
    return .step(.transaction(session, number, transaction.commands))
  }

  mutating func beginTransaction() throws(Failure) {
    guard transaction == nil else { throw .nestedMulti }
    transaction = QueuedTransaction()
  }

  mutating func discardTransaction() throws(Failure) {
    guard transaction != nil else { throw .discardWithoutMulti }
    transaction = nil
  }
}

// Replies.
extension ConnectionStateMachine {
  package mutating func refuse(_ failure: Failure) {
    counters.traffic.count(failure)
    outbox.append { $0.append(failure) }
  }

  /// The host answers later.
  package mutating func waitForHost() { state = .waitingForHost }

  mutating func endWaitForHost() {
    if case .waitingForHost = state { state = .idle }
  }

  /// The host's reply; dropped when the connection closes.
  package mutating func answerFromHost(_ write: (inout RESPEncoder) -> Void) {
    endWaitForHost()
    if !isClosing { outbox.append(write) }
  }

  /// The engine's reply to the request under way.
  package mutating func receive(_ reply: Reply, to request: RequestID) {
    guard case .waitingForEngine(request) = state else { return }
    state = .idle
    switch reply {
    case .error(let failure): counters.traffic.count(failure)
    case .acknowledgements(let all): for one in all { count(one) }
    default: break
    }
    outbox.append(reply, discardedBefore: counters.discardedBytes)
  }

  /// An acknowledgement counts the subscriptions of both kinds together.
  private mutating func count(_ acknowledgement: Acknowledgement) {
    let change = acknowledgement.count - subscriptions - patternSubscriptions
    switch acknowledgement.kind {
    case .subscribed, .unsubscribed: subscriptions += change
    case .patternSubscribed, .patternUnsubscribed: patternSubscriptions += change
    }
  }

  /// Drops all that is held for the client, except for the reason, and closes the connection.
  mutating func drop(_ reason: Failure, into discarded: inout DiscardedOutput) {
    guard !isClosing else { return }
    counters.traffic.count(reason)
    outbox.overflow(reason, into: &discarded)
    transaction = nil
    decoder = RequestDecoder(limits: decoder.limits)
    state = .closing
  }

  package mutating func beginClosing() { state = .closing }

  /// From now on the connection only carries the events of another client's session. Its own
  /// session has ended, and with it the session's triggers and subscriptions.
  mutating func beginCarrying(eventsOf client: Int64) {
    carriesEventsOf = client
    hasTriggers = false
    subscriptions = 0
    patternSubscriptions = 0
  }
}

// HELLO, AUTH, RESET, CLIENT SETNAME.
extension ConnectionStateMachine {
  mutating func setName(_ name: [UInt8]) { self.name = name }
  mutating func setLibraryName(_ name: [UInt8]) { libraryName = name }
  mutating func setLibraryVersion(_ version: [UInt8]) { libraryVersion = version }

  /// True if the connection was not authenticated before, and needs a session now.
  mutating func checkPassword(_ credentials: Credentials) throws(Failure) -> Bool {
    let authenticator = settings.authenticator
    guard authenticator.accepts(user: credentials.user, password: credentials.password) else {
      if authenticator.hasPassword { wrongPasswords += 1 }
      throw .wrongPassword
    }
    defer { isAuthenticated = true }
    // A right password forgives earlier wrong ones once only: a client that is in cannot use its
    // own password to go on guessing others.
    if !isAuthenticated { wrongPasswords = 0 }
    decoder.limits = .standard
    return !isAuthenticated
  }

  package mutating func setVersion(_ version: RESPVersion) throws(Failure) {
    if version == .two, hasTriggers {
      throw Failure(
        .error, "this session has triggers or deferred waits, whose pushes need RESP3: RESET first")
    }
    outbox.setVersion(version)
  }

  /// Restores the state of a new connection, except for its id.
  mutating func reset() {
    transaction = nil
    carriesEventsOf = nil
    hasEventConnection = false
    hasTriggers = false
    subscriptions = 0
    patternSubscriptions = 0
    name = []
    isAuthenticated = !settings.authenticator.requiresPassword(peer)
    decoder.limits = isAuthenticated ? .standard : .beforeAuthentication
    outbox.setVersion(.two)
  }
}
