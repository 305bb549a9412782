import Glibc
import OctopusEngine
import OctopusProtocol

// INFO.
extension Loop {
  func answerInfo(_ sections: [String], _ handler: ConnectionHandler) {
    let asking = handler.connection.id
    survey {
      $0.figures()
    } then: { loop, parts in
      var figures = loop.serverFigures()
      for part in parts { figures.add(part) }
      loop.answer(client: asking) { $0.append(figures, sections: sections) }
    }
  }

  /// What this loop alone knows.
  private func figures() -> Figures {
    var figures = Figures(engine: Statistics())
    figures.connectedClients = clients.count
    figures.monitors = monitors.count
    for handler in clients.values {
      if handler.connection.isBlocked { figures.blockedClients += 1 }
      if handler.connection.carriesEventsOf != nil { figures.boundClients += 1 }
      figures.queuedOutput += Int64(handler.connection.outbox.waitingBytes)
    }
    figures.connectionsReceived = tally.connectionsReceived
    figures.connectionsOverflowed = tally.connectionsOverflowed
    figures.commandsProcessed = tally.commandsProcessed
    figures.inputBytes = tally.inputBytes
    figures.outputBytes = tally.outputBytes
    figures.errorReplies = tally.errorReplies
    figures.errorsByCode = tally.errorsByCode
    figures.eventsSent = tally.eventsSent
    figures.messagesSent = tally.messagesSent
    figures.operationsPerSecond = rate.perSecond(at: now)
    return figures
  }

  private func serverFigures() -> Figures {
    var figures = Figures(engine: hub.switchboard.statistics)
    figures.version = hub.shared.version
    figures.operatingSystem = Machine.description()
    figures.processID = getpid()
    figures.uptimeSeconds = (now - hub.facts.startedAt) / 1_000_000
    figures.socketPath = hub.facts.socketPath
    figures.tcpPort = hub.facts.tcpPort
    figures.eventLoops = hub.loops.count
    figures.maximumClients = Machine.openFilesLimit()
    figures.memoryLimit = hub.facts.memoryLimit
    if let mark = hub.switchboard.markStatus(now: now) {
      figures.revisionsReserved = mark.reserved
      figures.revisionMarkError = mark.error
    }
    figures.residentMemory = Memory.resident()
    figures.residentPeak = Memory.peak()
    return figures
  }
}

extension Figures {
  fileprivate mutating func add(_ part: Figures) {
    connectedClients += part.connectedClients
    blockedClients += part.blockedClients
    boundClients += part.boundClients
    monitors += part.monitors
    queuedOutput += part.queuedOutput
    connectionsReceived += part.connectionsReceived
    connectionsOverflowed += part.connectionsOverflowed
    commandsProcessed += part.commandsProcessed
    inputBytes += part.inputBytes
    outputBytes += part.outputBytes
    errorReplies += part.errorReplies
    errorsByCode.merge(part.errorsByCode, uniquingKeysWith: +)
    eventsSent += part.eventsSent
    messagesSent += part.messagesSent
    operationsPerSecond += part.operationsPerSecond
  }
}
