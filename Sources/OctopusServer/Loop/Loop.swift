import DequeModule
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import OctopusSystem

import struct Synchronization.Atomic

/// One event loop: the connections that live on it, and the delivery of what is meant for them.
///
/// Requests are carried out as they are read; what is said is written once, when all is read.
// Safe to share: all but the constants is touched only by who has the loop's turn.
final class Loop: @unchecked Sendable {
  let index: Int
  let poller: Poller
  /// Who has it works on the loop. Nobody waits for it but the loop's own thread.
  let turn = Mutex<Void>(())
  /// Whether the turn may be had. Nobody tries to take it in vain: that would be two system calls.
  let isAsleep = Atomic<Bool>(false)
  /// Whether another thread has something for this loop.
  let isNeeded = Atomic<Bool>(false)
  /// What is needed for every request; the hub, which holds the loops, has the rest.
  let switchboard: Switchboard
  private let slowLogThreshold: Int64
  private let monitorCount: MonitorCount
  unowned let hub: Hub

  let tally = Tally()
  var rate = Rate()
  var clients = IDMap<ConnectionHandler>()
  var sessions = IDMap<ConnectionHandler>()
  var monitors: [Int64: ConnectionHandler] = [:]
  /// Microseconds, as of the last look at the clock.
  var now = Clock.monotonicMicroseconds()
  /// The memory that connections read into, one at a time.
  var lentInput = InputBuffer(capacity: InputBuffer.readBytes)

  /// Those who have not given the password, and those who were told to go.
  var strangers: Patience
  var lingering = Patience(milliseconds: Limits.lingeringMilliseconds)
  /// Passwords that are not looked at yet.
  var heldAttempts = HeldAttempts()
  /// When the engine wants to hear that time has passed.
  var timer: Instant?
  /// Until when its thread sleeps, if nothing comes.
  var sleepsUntil = Int64.max
  var isStopped = false
  /// Whether another loop has the turn.
  var isStoodInFor = false

  /// What has come off the FIFO and is not delivered yet, and what is being delivered.
  var inbox = Fifo()
  private var batch = Fifo()
  private var isDelivering = false
  private var isSettling = false
  private var atWork = 0
  /// Connections with something to write.
  private var dirty: Deque<ConnectionHandler> = []
  /// Connections with messages to write, for which nobody waits: after all answers. Who has many of
  /// them mostly reads from the first, and is woken when that is written: it is the last.
  private var told: [ConnectionHandler] = []
  /// Connections that may go on with what they have read.
  private var awaitingTurn: Deque<ConnectionHandler> = []

  init(_ index: Int, of hub: Hub) throws(SystemError) {
    self.index = index
    self.hub = hub
    poller = try Poller()
    switchboard = hub.switchboard
    slowLogThreshold = hub.slowLog.threshold
    monitorCount = hub.monitorCount
    strangers = Patience(milliseconds: hub.strangerMilliseconds)
  }
}

// Requests.
extension Loop {
  /// Carries out what was read, as far as that may go now.
  func run(_ handler: ConnectionHandler) {
    guard !handler.isRunning else { return }
    handler.isRunning = true
    atWork += 1
    var prefetched = 1
    while handler.connection.isReady, let action = handler.nextAction() {
      perform(action, for: handler)
      chronicle(handler)
      prefetched -= 1
      if prefetched == 0, handler.inputBytes > 0 { prefetched = handler.prefetch() }
    }
    handler.returnInput()
    if handler.isOver { inputEnded(handler) }
    atWork -= 1
    handler.isRunning = false
    if !handler.connection.outbox.isEmpty || handler.connection.isClosing { markDirty(handler) }
    // Else once it is answered.
    if !handler.isDirty { handler.updateInterest() }
  }

  private func perform(_ action: consuming Connection.Action, for handler: ConnectionHandler) {
    if monitorCount.isPositive { tellMonitors(of: handler) }
    carryOut(action, for: handler)
  }

  func carryOut(_ action: consuming Connection.Action, for handler: ConnectionHandler) {
    switch consume action {
    case .done: break
    case .step(let input): step(input)
    case .host(let command): carryOut(command, for: handler)
    case .attempt(let command): attempt(command, for: handler)
    case .beginSession: beginSession(for: handler)
    case .close: close(handler)
    }
  }

  /// Counts a request, and notes it if it took long.
  private func chronicle(_ handler: ConnectionHandler) {
    let end = Clock.monotonicMicroseconds()
    let taken = end - now
    now = end
    handler.lastActiveAt = end
    rate.count(at: end)
    if taken >= slowLogThreshold { noteSlow(handler, microseconds: taken) }
    handler.connection.releaseRequest()
  }

  func step(_ input: consuming Input) {
    let aftermath = switchboard.step(
      input, now: now / 1_000, for: index, into: &inbox)
    complete(aftermath)
  }

  func complete(_ aftermath: Switchboard.Aftermath) {
    for loop in aftermath.woken {
      // Who stands in for this loop has another's turn already, perhaps that one's.
      isStoodInFor ? hub.loops[loop].wake() : hub.loops[loop].attend()
    }
    if let deadline = aftermath.timer { timer = deadline }
    if aftermath.raisesMark { hub.raiseMark() }
    if aftermath.refusesChanges { hub.noteRefusal() }
    if aftermath.compilesPatterns { hub.compilePatterns() }
    deliver()
  }
}

// Delivery.
extension Loop {
  /// Delivers the inbox. What deliveries add to it comes after all that was there.
  func deliver() {
    guard !isDelivering else { return }
    isDelivering = true
    atWork += 1
    while !inbox.isEmpty {
      // Mostly it is the one answer to the request at hand.
      if let effect = inbox.takeOnly() {
        deliver(effect)
        continue
      }
      swap(&inbox, &batch)
      deliverBatch()
      batch.removeAll()
    }
    atWork -= 1
    isDelivering = false
  }

  private func deliverBatch() {
    var place = 0
    for (next, errand) in batch.errands {
      while place < next { deliver(&place) }
      errand(self)
    }
    while place < batch.effects.count { deliver(&place) }
  }

  private func deliver(_ place: inout Int) {
    // Taken out of there by a move: to copy it would be to count every reference in it.
    var effect = Effect.overflow(0)
    swap(&effect, &batch.effects[place])
    place += 1
    deliver(effect)
  }

  private func deliver(_ effect: consuming Effect) {
    switch consume effect {
    case .reply(let session, let request, let reply, _):
      guard let handler = sessions[session] else { return }
      writeFirst(handler.eventHandler)
      handler.connection.receive(reply, to: request)
      markDirty(handler)
      takeTurn(handler)
    case .event(let event, let deliveries):
      for delivery in deliveries { deliver(event, delivery) }
    case .deferred(let session, let tag, let reply, _):
      push(to: session) { $0.append(deferred: tag, reply) }
    case .message(let record, let subscribers, _):
      deliver(record, to: subscribers)
    case .overflow(let session):
      if let handler = sessions[session] { overflow(handler) }
    case .change:
      break
    }
  }

  private func deliver(_ event: Event, _ delivery: Delivery) {
    tally.eventsSent += 1
    guard case .trigger = delivery.sink else {
      guard let handler = sessions[delivery.session] else { return }
      let fits = handler.connection.outbox.append(
        event, to: delivery.sink, isLast: delivery.isLast)
      return fits ? markDirty(handler) : overflow(handler)
    }
    push(to: delivery.session) { $0.append(event, to: delivery.sink, isLast: delivery.isLast) }
  }

  /// Says something on a session's event binding; what says it answers whether that has room.
  private func push(to session: SessionID, _ say: (inout Outbox) -> Bool) {
    guard var handler = sessions[session] else { return }
    if let carrier = handler.eventHandler {
      writeFirst(handler)
      handler = carrier
    }
    say(&handler.connection.outbox) ? markDirty(handler) : overflow(handler)
  }

  private func deliver(_ record: Record, to subscribers: [Subscriber]) {
    var message = Message(record, to: subscribers.count)
    for subscriber in subscribers {
      guard let handler = sessions[subscriber.session] else { continue }
      tally.messagesSent += 1
      guard handler.connection.outbox.append(&message, source: subscriber.source) else {
        overflow(handler)
        continue
      }
      guard !handler.isDirty else { continue }
      handler.isDirty = true
      told.append(handler)
    }
  }

  /// A session with two connections sees what is said on one before what is said on the other later.
  /// Output that the socket does not take now is not waited for: the client need only read.
  private func writeFirst(_ handler: ConnectionHandler?) {
    if let handler, handler.isDirty { handler.flush() }
  }

  func markDirty(_ handler: ConnectionHandler) {
    guard !handler.isDirty else { return }
    handler.isDirty = true
    dirty.append(handler)
  }

  /// Lets a connection whose request was answered go on with what it has read, unless it is at it already.
  func takeTurn(_ handler: ConnectionHandler) {
    guard handler.inputBytes > 0 || handler.isOver, !handler.isRunning, !handler.isAwaitingTurn
    else { return }
    handler.isAwaitingTurn = true
    awaitingTurn.append(handler)
  }

  var hasRequests: Bool { !awaitingTurn.isEmpty }

  /// At the end of a turn: lets those go on that can, and writes what is to be said.
  func settle() {
    guard atWork == 0, !isSettling else { return }
    isSettling = true
    repeat {
      while let handler = awaitingTurn.popFirst() {
        handler.isAwaitingTurn = false
        run(handler)
      }
      write()
    } while hasRequests
    isSettling = false
  }

  /// Writes what is to be said.
  func write() {
    while let handler = dirty.popFirst() ?? told.popLast() {
      handler.isDirty = false
      guard handler.flush() else { continue }
      // Room in the outbox is room for requests.
      if handler.connection.isReady { takeTurn(handler) }
    }
  }
}
