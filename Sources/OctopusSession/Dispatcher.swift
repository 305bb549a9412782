import DequeModule
import OctopusCollections
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// Carries requests from connections to the engine, and the engine's effects back to the
/// connections.
///
/// A dispatcher serves the connections of one thread. Requests are carried out as they are
/// received; output is written once, after all that was received is carried out.
package final class Dispatcher {
  // Safe: the host owns the dispatcher, and thus lives longer. A counted reference would be two
  // atomic operations a request.
  package unowned(unsafe) var host: (any DispatcherHost)!
  package let counters = ConnectionCounters()

  package internal(set) var sessions = IDMap<ClientConnection>()
  /// Effects that are not delivered yet, and those that are being delivered.
  private var pending: [Effect] = []
  private var batch: [Effect] = []
  private var isDelivering = false
  /// The effects that are delivered are to be sent only when this revision is on the disk.
  private var heldUntil: Revision = 0
  /// How many connections run and deliveries are under way: nothing is written before they end.
  private var depth = 0

  /// Connections that can go on with requests: those that have used up their latest turn come last.
  private var toRun = TurnQueue<ClientConnection>()
  private var toRunLast = TurnQueue<ClientConnection>()
  /// Whether the last call of `runTurns` had no time for any of these.
  private var hasLeftOutLast = false
  private var toWrite: Deque<ClientConnection> = []
  /// Written last first: a client with many connections mostly reads from the first one, and wakes
  /// up when that is written; by then all of them can be read.
  private var toWriteMessages: [ClientConnection] = []
  /// Those for which earlier calls of `write` had no time.
  private var toWriteLater: Deque<ClientConnection> = []
  /// Sessions that are still to end in the engine: many that end at once have their turns, too.
  var endingSessions = TurnQueue<SessionID>()
  var discarded = DiscardedOutput()

  /// The host sets `host` before it uses the dispatcher.
  package init() {}

  package var hasWork: Bool {
    !toRun.isEmpty || !toRunLast.isEmpty || !toWrite.isEmpty || !toWriteLater.isEmpty
      || !endingSessions.isEmpty || !discarded.isEmpty
  }
}

// Requests.
extension Dispatcher {
  /// Gives a connection that has received something its turn: at once, unless it has used up the
  /// turn before, or others have waited too long already.
  package func run(_ connection: ClientConnection) {
    guard !connection.isRunning else { return }
    let isLate = host.isPassOver
    if connection.hasUsedUpTurn || isLate { enqueueToRun(connection) }
    // A connection that waits to write is enqueued afterwards.
    guard !connection.isWaitingForTurn, !isLate || connection.queue == .none else {
      return connection.didRun()
    }
    takeTurn(connection)
  }

  /// Carries out requests that a connection has received, until its turn is over. If it could go on
  /// then, it waits in the queue for its next turn.
  private func takeTurn(_ connection: ClientConnection) {
    connection.isRunning = true
    depth += 1
    // Read once: each use of the property counts a reference.
    let host = host!
    host.beginTurn()
    var isOver = false
    var untilPrefetch = 1
    while !isOver, connection.protocolState.isReady, let action = connection.nextAction() {
      host.willCarryOut(connection)
      perform(action, for: connection, host)
      isOver = host.didCarryOut(connection)
      connection.protocolState.releaseRequest()
      untilPrefetch -= 1
      if untilPrefetch == 0, !connection.input.isEmpty {
        untilPrefetch = prefetch(connection.input)
      }
    }
    connection.hasUsedUpTurn = isOver
    connection.didRun()
    if connection.isFinished { close(connection, mayWait: true) }
    depth -= 1
    connection.isRunning = false
    if !connection.protocolState.outbox.isEmpty || connection.protocolState.isClosing {
      enqueueToWrite(connection)
    } else if connection.queue == .none {
      connection.didPause()
      if isOver { enqueueToRun(connection) }
    }
  }

  /// Fetches the memory for all requests that have been received already at once. Returns their
  /// number.
  private func prefetch(_ input: InputBuffer) -> Int {
    input.withBytes { bytes in
      var names: [NameHash] = []
      let count = ParsedCommand.peek(bytes, most: Self.prefetched, &names)
      // Without a name the next requests hardly have one, and are not looked at.
      guard !names.isEmpty else { return Self.prefetched }
      host.prefetch(names)
      return count
    }
  }

  /// More would push each other out of the cache.
  private static let prefetched = 16

  package func perform(
    _ action: consuming ConnectionStateMachine.Action, for connection: ClientConnection
  ) {
    perform(action, for: connection, host)
  }

  @inline(__always)
  private func perform(
    _ action: consuming ConnectionStateMachine.Action, for connection: ClientConnection,
    _ host: any DispatcherHost
  ) {
    switch consume action {
    case .none: break
    case .step(let input): step(input, host)
    case .host(let command):
      connection.protocolState.waitForHost()
      host.carryOut(command, for: connection)
    case .authenticate(let command): host.authenticate(command, for: connection)
    case .beginSession: beginSession(for: connection)
    case .close: close(connection)
    }
  }

  /// The host's reply to the command under way.
  package func answer(_ connection: ClientConnection, _ write: (inout RESPEncoder) -> Void) {
    connection.protocolState.answerFromHost(write)
    resume(connection)
  }

  package func refuse(_ connection: ClientConnection, _ failure: Failure) {
    counters.traffic.count(failure)
    answer(connection) { $0.append(failure) }
  }

  /// The connection has output, and may have requests that it can go on with.
  package func resume(_ connection: ClientConnection) {
    // A connection that runs writes afterwards.
    enqueueToRun(connection)
    enqueueToWrite(connection)
  }

  package func step(_ input: consuming Input) { step(input, host) }

  private func step(_ input: consuming Input, _ host: any DispatcherHost) {
    host.step(input, into: &pending)
    deliver()
  }
}

// Delivery.
extension Dispatcher {
  /// Takes effects from the host, and delivers them.
  package func deliver(_ collect: (inout [Effect]) -> Void) {
    collect(&pending)
    deliver()
  }

  /// Delivers the pending effects. A delivery may cause further steps, whose effects come last.
  private func deliver() {
    guard !isDelivering else { return }
    isDelivering = true
    depth += 1
    while !pending.isEmpty {
      // Mostly it is the one reply to the request under way.
      if pending.count == 1 {
        deliver(pending.removeLast())
        continue
      }
      swap(&pending, &batch)
      for index in batch.indices {
        // Moved out: a copy would count every reference in it.
        var effect = Effect.overflow(0, .events)
        swap(&effect, &batch[index])
        deliver(effect)
      }
      batch.removeAll(keepingCapacity: true)
    }
    depth -= 1
    isDelivering = false
  }

  private func deliver(_ effect: consuming Effect) {
    switch consume effect {
    case .reply(let session, let request, let reply, _):
      guard let connection = sessions[session] else { return }
      flushFirst(connection.eventConnection, before: connection)
      connection.hold(until: heldUntil)
      connection.protocolState.receive(reply, to: request)
      resume(connection)
    case .event(let event, let deliveries):
      for delivery in deliveries { deliver(event, delivery) }
    case .deferred(let session, let tag, let reply, _):
      push(to: session) { $0.append(deferred: tag, reply) }
    case .message(let record, let subscribers, _):
      deliver(record, to: subscribers)
    case .overflow(let session, let reason):
      if let connection = sessions[session] { overflow(connection, reason) }
    case .hold(let revision): heldUntil = revision
    }
  }

  private func deliver(_ event: Event, _ delivery: Delivery) {
    counters.traffic.eventsSent += 1
    guard case .trigger = delivery.sink else {
      guard let connection = sessions[delivery.session] else { return }
      return append(to: connection) {
        $0.append(event, to: delivery.sink, isLast: delivery.isLast)
      }
    }
    push(to: delivery.session) { $0.append(event, to: delivery.sink, isLast: delivery.isLast) }
  }

  /// Appends to the output of the connection that carries the session's events.
  private func push(to session: SessionID, _ append: (inout Outbox) -> Bool) {
    guard let connection = sessions[session] else { return }
    guard let carrier = connection.eventConnection else {
      return self.append(to: connection, append)
    }
    flushFirst(connection, before: carrier)
    self.append(to: carrier, append)
  }

  /// Appends a push to a connection's output. If there is no room for it, the session ends.
  package func append(to connection: ClientConnection, _ append: (inout Outbox) -> Bool) {
    connection.hold(until: heldUntil)
    guard append(&connection.protocolState.outbox) else { return overflow(connection) }
    enqueueToWrite(connection)
  }

  private func deliver(_ record: Record, to subscribers: [Subscriber]) {
    var message = RenderedMessage(record, to: subscribers.count)
    for subscriber in subscribers {
      guard let connection = sessions[subscriber.session] else { continue }
      counters.traffic.messagesSent += 1
      connection.hold(until: heldUntil)
      guard connection.protocolState.outbox.append(&message, source: subscriber.source) else {
        overflow(connection)
        continue
      }
      guard connection.queue == .none else { continue }
      connection.queue = .toWriteMessages
      toWriteMessages.append(connection)
    }
  }

  /// Drops what a client that has gone did not read.
  package func discardOutput(of connection: ClientConnection) {
    connection.protocolState.outbox.removeAll(into: &discarded)
  }

  /// The client of a session with two connections sees the output of one before later output of the
  /// other. Output that the client does not take now need not be waited for: it has only to read.
  private func flushFirst(_ connection: ClientConnection?, before other: ClientConnection) {
    guard let connection, !connection.protocolState.outbox.isEmpty else { return }
    _ = connection.flush(most: .max)
    // What waits for the disk on one waits on the other, too.
    if connection.hasOutput { other.hold(until: connection.heldUntil) }
  }

  /// Holds the effects back that are being delivered.
  package func holdDelivery(until revision: Revision) {
    if isDelivering { heldUntil = max(heldUntil, revision) }
  }
}

// The queues.
extension Dispatcher {
  package func enqueueToWrite(_ connection: ClientConnection) {
    guard connection.queue == .none else { return }
    connection.queue = .toWrite
    toWrite.append(connection)
  }

  /// Lets a connection go on with the requests that it has received.
  package func enqueueToRun(_ connection: ClientConnection) {
    guard connection.queue == .none, !connection.isRunning,
      !connection.input.isEmpty || connection.isFinished
    else { return }
    connection.queue = .toRun
    let user = connection.protocolState.peer.user
    if connection.hasUsedUpTurn {
      toRunLast.append(connection, of: user)
    } else {
      toRun.append(connection, of: user)
    }
  }

  /// Gives connections that can go on a turn until the pass is over, but at least one, and only one
  /// of those that have used up their turns before; then writes output. The host looks for new
  /// requests of others, and calls again while `hasWork`.
  package func runTurns() {
    guard depth == 0 else { return }
    // Replies to what has just come need not wait for the turns of others.
    if !toRun.isEmpty || !toRunLast.isEmpty { write() }
    host.continuePass()
    var hasRun = false
    if hasLeftOutLast { hasRun = takeTurn(dequeued: toRunLast.popFirst()) }
    for _ in 0..<toRun.count {
      if hasRun, host.isPassOver { break }
      hasRun = takeTurn(dequeued: toRun.popFirst()) || hasRun
    }
    endSessions()
    discarded.freePart()
    if !toRunLast.isEmpty { write() }
    let isLeftOut = hasRun && host.isPassOver
    if !isLeftOut, !hasLeftOutLast { _ = takeTurn(dequeued: toRunLast.popFirst()) }
    hasLeftOutLast = isLeftOut && !hasLeftOutLast
    write()
  }

  /// False if there was none.
  private func takeTurn(dequeued connection: ClientConnection?) -> Bool {
    guard let connection else { return false }
    connection.queue = .none
    takeTurn(connection)
    return true
  }

  /// Runs all connections until they wait for their clients, and writes all output.
  package func drain() {
    repeat { runTurns() } while depth == 0 && hasWork
  }

  /// Writes the output of as many connections as others can wait for; the rest, and connections
  /// that can go on then, are left for the next call.
  package func write() {
    var left = Self.writtenAtOnce
    // New output may be the reply to one client; the connections that were left may be thousands
    // that get one message.
    while left > Self.writtenAtOnce / 2, let connection = nextWithNewOutput() {
      left -= write(connection)
    }
    while left > 0, let connection = toWriteLater.popFirst() ?? nextWithNewOutput() {
      left -= write(connection)
    }
    while let connection = nextWithNewOutput() {
      connection.queue = .toWrite
      toWriteLater.append(connection)
    }
  }

  private func nextWithNewOutput() -> ClientConnection? {
    toWrite.popFirst() ?? toWriteMessages.popLast()
  }

  /// Returns how many connections with little output it stands for.
  private func write(_ connection: ClientConnection) -> Int {
    connection.queue = .none
    guard connection.flush(most: Self.chunksAtOnce) else { return 1 }
    // It has more, and has written a thousand times what others do.
    let hasMore = connection.queue == .toWrite
    // Room in the outbox is room for requests.
    if connection.protocolState.isReady { enqueueToRun(connection) }
    return hasMore ? Self.writtenAtOnce / 8 : 1
  }

  /// To write to these takes about a millisecond, if it is little.
  private static let writtenAtOnce = 256
  /// To write these takes some tenths of a millisecond.
  private static let chunksAtOnce = 4
}
