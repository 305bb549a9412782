import OctopusEngine
import OctopusProtocol
import RESP

// What clients ask about the server and about each other.
extension Loop {
  func carryOut(_ command: ConnectionCommand, for handler: ConnectionHandler) {
    handler.connection.waitForHost()
    switch command {
    case .info(let sections): answerInfo(sections, handler)
    case .time: answer(handler) { $0.append(unixMicroseconds: Clock.unixMicroseconds()) }
    case .monitor:
      startMonitoring(handler)
      answer(handler) { $0.simple("OK") }
    case .slowLog(let command): answer(command, handler)
    case .client(.info):
      // Described before: while it is answered its connection is being changed.
      let description = describe(handler)
      answer(handler) { $0.append([description]) }
    case .client(.list(let filter)): answerList(filter, handler)
    case .client(.kill(let filter, let isOldForm)): kill(filter, isOldForm: isOldForm, for: handler)
    case .client(.unblock(let client)): unblock(client, for: handler)
    case .bind(let client): bind(handler, to: client)
    default: preconditionFailure("the connection carries this out itself")
    }
  }

  private func answer(_ handler: ConnectionHandler, _ write: (inout RESPEncoder) -> Void) {
    handler.connection.answerFromHost(write)
    markDirty(handler)
    takeTurn(handler)
  }

  /// Answers a client that may have gone by now.
  func answer(client: Int64, _ write: (inout RESPEncoder) -> Void) {
    guard let handler = clients[client] else { return }
    answer(handler, write)
  }

  func refuse(_ handler: ConnectionHandler, _ failure: Failure) {
    tally.count(failure)
    answer(handler) { $0.append(failure) }
  }
}

// CLIENT LIST, CLIENT KILL.
extension Loop {
  private func answerList(_ filter: ClientFilter, _ handler: ConnectionHandler) {
    let asking = handler.connection.id
    survey { loop in
      loop.clients.values.filter { $0.passes(filter, asking: asking) }.map(loop.describe)
    } then: { loop, lists in
      let all = lists.flatMap { $0 }.sorted { $0.id < $1.id }
      loop.answer(client: asking) { $0.append(all) }
    }
  }

  private func kill(_ filter: ClientFilter, isOldForm: Bool, for handler: ConnectionHandler) {
    let asking = handler.connection.id
    survey { loop -> (Int, Bool) in
      let doomed = loop.clients.values.filter { $0.passes(filter, asking: asking) }
      // Who ends itself is told how many it were, first.
      for handler in doomed where handler.connection.id != asking { loop.killNow(handler) }
      return (doomed.count, doomed.contains { $0.connection.id == asking })
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
      if counts.contains(where: { $0.1 }), let handler = loop.clients[asking] {
        loop.close(handler)
      }
    }
  }

  /// Ends what a client waits for, wherever it lives.
  private func unblock(_ client: Int64, for handler: ConnectionHandler) {
    let asking = handler.connection.id
    survey { loop -> Bool in
      guard let connection = loop.clients[client]?.connection, let session = connection.session,
        let request = connection.blockedRequest
      else { return false }
      loop.step(.cancelled(session, request))
      return true
    } then: { loop, answers in
      loop.answer(client: asking) { $0.integer(answers.contains(true) ? 1 : 0) }
    }
  }

  private func killNow(_ handler: ConnectionHandler) {
    close(handler)
    handler.closeAtOnce()
  }

  func describe(_ handler: ConnectionHandler) -> ClientDescription {
    let connection = handler.connection
    var description = ClientDescription(
      id: connection.id, address: connection.peer.address,
      localAddress: connection.peer.localAddress)
    description.descriptor = connection.peer.descriptor
    description.name = connection.name
    description.ageSeconds = (now - handler.connectedAt) / 1_000_000
    description.idleSeconds = (now - handler.lastActiveAt) / 1_000_000
    description.isBlocked = connection.isBlocked
    description.isMonitor = handler.isMonitor
    description.subscriptions = connection.subscriptions
    description.patternSubscriptions = connection.patternSubscriptions
    description.queuedCommands = connection.transaction?.commands.count
    description.inputBytes = handler.inputBytes
    description.outputBytes = connection.outbox.waitingBytes
    description.lastCommand = connection.lastCommand
    description.userID = connection.peer.userID
    description.processID = connection.peer.processID
    description.boundTo = connection.carriesEventsOf
    description.version = connection.version
    description.libraryName = connection.libraryName
    description.libraryVersion = connection.libraryVersion
    return description
  }
}

extension ConnectionHandler {
  fileprivate func passes(_ filter: ClientFilter, asking: Int64) -> Bool {
    if filter.skipsSelf, connection.id == asking { return false }
    if let ids = filter.ids, !ids.contains(connection.id) { return false }
    if let kind = filter.kind {
      let isSubscriber = connection.subscriptions + connection.patternSubscriptions > 0
      guard isSubscriber == (kind == .pubsub) else { return false }
    }
    if let address = filter.address, !address.elementsEqual(connection.peer.address.utf8) {
      return false
    }
    if let address = filter.localAddress, !address.elementsEqual(connection.peer.localAddress.utf8)
    {
      return false
    }
    if let user = filter.user, !user.elementsEqual(Access.user.utf8) { return false }
    return true
  }
}

// SLOWLOG, MONITOR.
extension Loop {
  private func answer(_ command: SlowLogCommand, _ handler: ConnectionHandler) {
    answer(handler) { [hub] encoder in
      switch command {
      case .get(let count): encoder.append(hub.slowLog.latest(count))
      case .length: encoder.integer(hub.slowLog.count)
      case .reset:
        hub.slowLog.reset()
        encoder.simple("OK")
      }
    }
  }

  func noteSlow(_ handler: ConnectionHandler, microseconds: Int64) {
    guard let request = handler.showableRequest else { return }
    hub.slowLog.note { id in
      SlowLogEntry(
        id: id, unixSeconds: Clock.unixMicroseconds() / 1_000_000, microseconds: microseconds,
        request: request,
        clientAddress: handler.connection.peer.address, clientName: handler.connection.name)
    }
  }

  func tellMonitors(of handler: ConnectionHandler) {
    guard let request = handler.showableRequest else { return }
    var encoder = RESPEncoder(version: .two)
    encoder.append(
      monitored: request, unixMicroseconds: Clock.unixMicroseconds(),
      address: handler.connection.peer.monitorAddress)
    let (line, client) = (encoder.bytes, handler.connection.id)
    show(line, about: client)
    for target in hub.loops.indices where target != index {
      hub.loops[target].post { $0.show(line, about: client) }
    }
  }
}

extension ConnectionHandler {
  /// The request at hand, if it is a command whose arguments others may see.
  fileprivate var showableRequest: Request? {
    guard let request = connection.request, let command = connection.lastCommand,
      !CommandTable.standard[command].flags.contains(.secret)
    else { return nil }
    return request
  }
}
