import OctopusCollections
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import OctopusSession
import OctopusSystem

/// The state of one event loop: the connections that it serves, their dispatcher, and its timers.
///
/// It stands inside the loop's lock, so whichever thread holds the lock may use all of it.
final class LoopState {
  let index: Int
  let poller: Poller
  let engine: EngineHost
  // Safe: the context owns the loops and ends their threads before it goes.
  unowned let context: ServerContext
  let memory: MemoryAccount
  let memoryShare: MemoryAccount.Share
  /// What the engine had discarded when the loop last woke up.
  var discardedBytes = 0
  private let monitorCount: MonitorCount
  private let slowLogThreshold: Int64

  let dispatcher = Dispatcher()
  var connections = IDMap<SocketConnection>()
  var monitors: [Int64: SocketConnection] = [:]
  /// Connections for which the server holds more than for most.
  var holders = IDMap<SocketConnection>()
  var rate = Rate()
  /// In microseconds, as of the last time the clock was read.
  var now = SystemClock.monotonicMicroseconds()
  /// When the turn of the connection that carries out requests is over.
  private var turnEnd = Int64.max
  /// How long a client may pipeline requests while others wait. A request that takes longer ends
  /// the turn, too.
  private static let turnMicroseconds: Int64 = 500
  /// When the loop looked for new requests, and when it should look again.
  private var passBegin = SystemClock.monotonicMicroseconds()
  private var passEnd = Int64.max
  /// Half of this is for requests that have just come, half for those that had to wait.
  private static let passMicroseconds: Int64 = 5_000
  /// Sessions that end have this beside it.
  private static let endsMicroseconds: Int64 = 1_000
  /// The buffer that connections read into, one at a time.
  var readBuffer = InputBuffer(capacity: InputBuffer.readBytes)

  /// Connections that have not given the password, and connections that are being closed.
  var unauthenticated: TimeoutQueue
  var closing: TimeoutQueue
  var delayedAttempts = DelayedAttempts()
  /// When the engine must be told that time has passed, in milliseconds.
  private var timer: Instant?
  /// Until when the loop's thread sleeps, if nothing happens.
  var sleepsUntil = Int64.max
  var isStopped = false
  /// Whether this loop carries on with the engine's background work.
  private(set) var hasBackgroundWork = false
  /// Whether this loop may take the lock of another: not while another thread runs it.
  var mayHelpOthers = true
  private var mail = Mailbox()
  let journal: Journal?
  /// Connections whose output waits for the disk.
  var held: [Int64] = []
  /// How often the journal had failed when this loop looked last.
  var seenFailures = 0

  init(_ index: Int, _ poller: Poller, _ context: ServerContext) {
    self.index = index
    self.poller = poller
    self.context = context
    engine = context.engine
    journal = context.journal
    memory = engine.memory
    memoryShare = memory.shares[index]
    monitorCount = context.monitorCount
    slowLogThreshold = context.slowLog.threshold
    unauthenticated = TimeoutQueue(milliseconds: context.options.authenticationMilliseconds)
    closing = TimeoutQueue(milliseconds: SessionLimits.closingMilliseconds)
    dispatcher.host = self
  }
}

// What happens.
extension LoopState {
  /// The loop has looked for what has come, and carries it out now.
  func beginPass() {
    now = SystemClock.monotonicMicroseconds()
    passBegin = now
    passEnd = now + Self.passMicroseconds / 2
  }

  func handleReadiness(_ ready: ArraySlice<Poller.Ready>) {
    for one in ready where one.id != Poller.waker {
      connections[one.id]?.handleReadiness(Poller.Interest(rawValue: one.state))
    }
  }

  /// Delivers the effects and runs the tasks that others have left for this loop.
  func receiveMail() {
    engine.collect(for: index, into: &mail)
    deliverCollected()
  }

  /// Takes the mail for `deliverCollected`, unless delivering it would take long.
  func collectMailIfShort() -> Bool { engine.collectIfShort(for: index, into: &mail) }

  func deliverCollected() {
    dispatcher.deliver { mail.takeEffects(into: &$0) }
    while let task = mail.takeTask() { task(self) }
  }

  func expireTimers() {
    if let timer, timer <= now / 1_000 {
      self.timer = nil
      dispatcher.deliver { effects in
        let work = engine.tick(timer: timer, now: now / 1_000, for: index, into: &effects)
        complete(work)
      }
    }
    carryOutDueAttempts()
    closeOverdue()
  }

  /// Carries out a part of the engine's background work, if this loop does.
  func carryOnBackgroundWork() {
    guard hasBackgroundWork else { return }
    dispatcher.deliver { effects in
      let (work, hasMore) = engine.carryOn(now: now / 1_000, for: index, into: &effects)
      hasBackgroundWork = hasMore
      complete(work)
    }
    dispatcher.write()
  }

  /// Whether there is something to do at once, beside new input.
  var hasWork: Bool { dispatcher.hasWork || hasBackgroundWork }

  /// The time of the next timer, in microseconds.
  var deadline: Int64 {
    min(
      timer.map { $0 * 1_000 } ?? .max, unauthenticated.deadline, closing.deadline,
      delayedAttempts.deadline)
  }

  /// Does what the engine's host left to be done outside its lock.
  private func complete(_ work: EngineHost.FollowUp) {
    for index in work.loopsWithMail {
      let loop = context.loops[index]
      mayHelpOthers ? loop.deliverMail() : loop.wake()
    }
    if let deadline = work.timer { timer = deadline }
    if work.raisesMark { context.raiseMark() }
    if work.requestsSync { context.journal?.requestSync() }
    if work.refusesChanges { context.logRefusal() }
    if work.beginsWork { hasBackgroundWork = true }
    if work.compilesPatterns { context.compilePatterns() }
  }
}

// What the dispatcher asks of its host.
extension LoopState: DispatcherHost {
  func step(_ input: consuming Input, into effects: inout [Effect]) {
    complete(engine.step(input, now: now / 1_000, for: index, into: &effects))
  }

  func prefetch(_ names: [NameHash]) { engine.prefetch(names) }

  func makeSessionID() -> SessionID { context.makeID(on: index) }

  var isPassOver: Bool { now >= passEnd }

  func continuePass() { passEnd = passBegin + Self.passMicroseconds }

  func extendPass() { passEnd = max(passEnd, now + Self.endsMicroseconds) }

  func beginTurn() { turnEnd = now + Self.turnMicroseconds }

  func willCarryOut(_ connection: ClientConnection) {
    if monitorCount.isPositive { showToMonitors(connection) }
  }

  func didCarryOut(_ connection: ClientConnection) -> Bool {
    let end = SystemClock.monotonicMicroseconds()
    let duration = end - now
    now = end
    socket(of: connection).lastActiveAt = end
    rate.count(at: end)
    if duration >= slowLogThreshold { logSlow(connection, microseconds: duration) }
    return end >= turnEnd
  }

  func didBeginSession(_ connection: ClientConnection) {
    let socket = socket(of: connection)
    guard !connection.protocolState.isAuthenticated else {
      socket.authenticationDeadline = nil
      return moveToPlace(of: connection.protocolState.peer.user, socket)
    }
    moveToPlace(of: connection.protocolState.peer.userBeforeAuthentication, socket)
    // RESET gives no more time.
    if socket.authenticationDeadline == nil {
      socket.authenticationDeadline = unauthenticated.append(connection.id, now: now)
    }
  }

  func didBeginClosing(_ connection: ClientConnection) {
    _ = closing.append(connection.id, now: now)
  }

  func willEndSession(_ connection: ClientConnection) {
    let socket = socket(of: connection)
    stopMonitoring(socket)
    socket.backup = nil
  }

  func didEndSession() { now = SystemClock.monotonicMicroseconds() }

  // Safe: only `accept` makes connections of this dispatcher, and all are sockets.
  func socket(of connection: ClientConnection) -> SocketConnection {
    unsafeDowncast(connection, to: SocketConnection.self)
  }
}
