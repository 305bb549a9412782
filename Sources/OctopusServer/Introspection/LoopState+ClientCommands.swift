import OctopusEngine
import OctopusProtocol
import OctopusSession
import OctopusSystem
import RESP

// What clients ask about the server and about each other.
extension LoopState {
  func carryOut(_ command: ConnectionCommand, for connection: ClientConnection) {
    let connection = socket(of: connection)
    switch command {
    case .info(let sections): answerInfo(sections, connection)
    case .time:
      dispatcher.answer(connection) { $0.append(unixMicroseconds: SystemClock.unixMicroseconds()) }
    case .monitor:
      startMonitoring(connection)
      dispatcher.answer(connection) { $0.simple("OK") }
    case .slowLog(let command): answer(command, connection)
    case .client(.info):
      // Before the reply: that has exclusive access to the connection.
      let description = describe(connection)
      dispatcher.answer(connection) { $0.append([description]) }
    case .client(.list(let filter)): answerList(filter, connection)
    case .client(.kill(let filter, let isOldForm)):
      kill(filter, isOldForm: isOldForm, for: connection)
    case .client(.unblock(let client)): unblock(client, for: connection)
    case .backup(let offset): answerBackup(offset: offset, connection)
    case .bind(let client): bind(connection, to: client)
    default: preconditionFailure("the connection carries this out")
    }
  }

  /// Answers a client that may have gone by now.
  func answer(client: Int64, _ write: (inout RESPEncoder) -> Void) {
    if let connection = connections[client] { dispatcher.answer(connection, write) }
  }
}

// CLIENT LIST, CLIENT KILL.
extension LoopState {
  private func answerList(_ filter: ClientFilter, _ connection: SocketConnection) {
    let asking = connection.id
    gather { loop in
      loop.connections.values.filter { $0.passes(filter, asking: asking) }.map(loop.describe)
    } then: { loop, lists in
      let all = lists.flatMap { $0 }.sorted { $0.id < $1.id }
      loop.answer(client: asking) { $0.append(all) }
    }
  }

  private func kill(_ filter: ClientFilter, isOldForm: Bool, for connection: SocketConnection) {
    let asking = connection.id
    gather { loop -> (Int, Bool) in
      let doomed = loop.connections.values.filter { $0.passes(filter, asking: asking) }
      // A client that kills itself gets its reply before it is closed.
      for connection in doomed where connection.id != asking { loop.closeNow(connection) }
      return (doomed.count, doomed.contains { $0.id == asking })
    } then: { loop, counts in
      let count = counts.reduce(0) { $0 + $1.0 }
      loop.answer(client: asking) { encoder in
        if !isOldForm {
          encoder.integer(count)
        } else if count > 0 {
          encoder.simple("OK")
        } else {
          encoder.append(Failure.noSuchClient)
        }
      }
      if counts.contains(where: { $0.1 }), let connection = loop.connections[asking] {
        loop.dispatcher.close(connection)
      }
    }
  }

  /// Ends the wait of a client, on whichever loop it is.
  private func unblock(_ client: Int64, for connection: SocketConnection) {
    let asking = connection.id
    gather { loop -> Bool in
      guard let state = loop.connections[client]?.protocolState, let session = state.session,
        let request = state.blockedRequest
      else { return false }
      loop.dispatcher.step(.cancelled(session, request))
      return true
    } then: { loop, answers in
      loop.answer(client: asking) { $0.integer(answers.contains(true) ? 1 : 0) }
    }
  }

  private func closeNow(_ connection: SocketConnection) {
    // Many may be killed at once.
    dispatcher.close(connection, mayWait: true)
    connection.closeNow()
  }

  func describe(_ connection: SocketConnection) -> ClientDescription {
    let state = connection.protocolState
    var description = ClientDescription(
      id: state.id, address: state.peer.address,
      localAddress: state.peer.localAddress)
    description.descriptor = connection.descriptor
    description.name = state.name
    description.ageSeconds = (now - connection.connectedAt) / 1_000_000
    description.idleSeconds = (now - connection.lastActiveAt) / 1_000_000
    description.isBlocked = state.isBlocked
    description.isMonitor = connection.isMonitor
    description.subscriptions = state.subscriptions
    description.patternSubscriptions = state.patternSubscriptions
    description.queuedCommands = state.transaction?.commands.count
    let memory = connection.memory
    description.inputBytes = connection.input.count
    description.freeInputBytes = memory.input - connection.input.count
    description.argumentBytes = memory.arguments
    description.transactionBytes = memory.transaction
    description.renderedBytes = state.outbox.renderedBytes + connection.unsent.count
    description.queuedOutputs = state.outbox.queuedCount
    description.outputBytes = memory.output + memory.records
    description.totalBytes = ConnectionMemory.fixed + memory.total
    description.lastCommand = state.lastCommand
    description.userID = state.peer.userID
    description.processID = state.peer.processID
    description.boundTo = state.carriesEventsOf
    description.version = state.version
    description.libraryName = state.libraryName
    description.libraryVersion = state.libraryVersion
    return description
  }
}

extension SocketConnection {
  fileprivate func passes(_ filter: ClientFilter, asking: Int64) -> Bool {
    if filter.skipsSelf, id == asking { return false }
    if let ids = filter.ids, !ids.contains(id) { return false }
    if let kind = filter.kind {
      let isSubscriber = protocolState.subscriptions + protocolState.patternSubscriptions > 0
      guard isSubscriber == (kind == .pubsub) else { return false }
    }
    if let address = filter.address, !address.elementsEqual(protocolState.peer.address.utf8) {
      return false
    }
    if let address = filter.localAddress,
      !address.elementsEqual(protocolState.peer.localAddress.utf8)
    {
      return false
    }
    if let user = filter.user, !user.elementsEqual(Authenticator.user.utf8) { return false }
    return true
  }
}

// SLOWLOG.
extension LoopState {
  private func answer(_ command: SlowLogCommand, _ connection: SocketConnection) {
    dispatcher.answer(connection) { [context] encoder in
      switch command {
      case .get(let count): encoder.append(context.slowLog.latest(count))
      case .length: encoder.integer(context.slowLog.count)
      case .reset:
        context.slowLog.reset()
        encoder.simple("OK")
      }
    }
  }

  func logSlow(_ connection: ClientConnection, microseconds: Int64) {
    guard let request = connection.protocolState.showableRequest else { return }
    context.slowLog.note { id in
      SlowLogEntry(
        id: id, unixSeconds: SystemClock.unixMicroseconds() / 1_000_000, microseconds: microseconds,
        request: request,
        clientAddress: connection.protocolState.peer.address,
        clientName: connection.protocolState.name)
    }
  }

  func showToMonitors(_ connection: ClientConnection) {
    guard let request = connection.protocolState.showableRequest else { return }
    var encoder = RESPEncoder(version: .two)
    encoder.append(
      monitored: request, unixMicroseconds: SystemClock.unixMicroseconds(),
      address: connection.protocolState.peer.monitorAddress)
    let (line, client) = (encoder.bytes, connection.id)
    show(line, about: client)
    for loop in context.loops where loop.index != index {
      loop.submit { $0.show(line, about: client) }
    }
  }
}

extension ConnectionStateMachine {
  /// The request under way, if it is a command whose arguments others may see.
  fileprivate var showableRequest: Request? {
    guard let request, let lastCommand,
      !CommandTable.standard[lastCommand].flags.contains(.secret)
    else { return nil }
    return request
  }
}

// MONITOR.
extension LoopState {
  private func startMonitoring(_ connection: SocketConnection) {
    guard monitors.updateValue(connection, forKey: connection.id) == nil else { return }
    connection.isMonitor = true
    context.monitorCount.add(1)
  }

  func stopMonitoring(_ connection: SocketConnection) {
    guard monitors.removeValue(forKey: connection.id) != nil else { return }
    connection.isMonitor = false
    context.monitorCount.add(-1)
  }

  /// Shows a line to the monitoring clients of this loop, except to the one that it is about.
  private func show(_ line: [UInt8], about client: Int64) {
    for monitor in monitors.values where monitor.id != client {
      dispatcher.append(to: monitor) { $0.append(rendered: line) }
    }
  }
}
