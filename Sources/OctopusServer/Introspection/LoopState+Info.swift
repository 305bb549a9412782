import Glibc
import OctopusEngine
import OctopusProtocol
import OctopusSession
import OctopusSystem

// INFO.
extension LoopState {
  func answerInfo(_ sections: [String], _ connection: SocketConnection) {
    let asking = connection.id
    gather {
      $0.figures()
    } then: { loop, parts in
      var figures = loop.serverFigures()
      for part in parts { figures.add(part) }
      loop.answer(client: asking) { $0.append(figures, sections: sections) }
    }
  }

  /// The part that this loop knows.
  private func figures() -> Figures {
    var figures = Figures(engine: Statistics())
    figures.connectedClients = connections.count
    figures.monitors = monitors.count
    for connection in connections.values {
      let state = connection.protocolState
      if state.isBlocked { figures.blockedClients += 1 }
      if state.carriesEventsOf != nil { figures.boundClients += 1 }
      figures.queuedOutput += Int64(state.outbox.waitingBytes)
    }
    figures.connectionsReceived = dispatcher.counters.connectionsReceived
    figures.connectionsOverflowed = dispatcher.counters.connectionsOverflowed
    figures.commandsProcessed = dispatcher.counters.commandsProcessed
    figures.inputBytes = dispatcher.counters.inputBytes
    figures.outputBytes = dispatcher.counters.outputBytes
    figures.errorReplies = dispatcher.counters.errorReplies
    figures.errorsByCode = dispatcher.counters.errorsByCode
    figures.eventsSent = dispatcher.counters.eventsSent
    figures.messagesSent = dispatcher.counters.messagesSent
    figures.operationsPerSecond = rate.perSecond(at: now)
    return figures
  }

  private func serverFigures() -> Figures {
    var figures = Figures(engine: engine.statistics)
    figures.version = context.settings.serverVersion
    figures.operatingSystem = Machine.description()
    figures.processID = getpid()
    figures.uptimeSeconds = (now - context.facts.startedAt) / 1_000_000
    figures.socketPath = context.facts.socketPath
    figures.tcpPort = context.facts.tcpPort
    figures.eventLoops = context.loopCount
    figures.maximumClients = DescriptorLimit.current
    figures.memoryLimit = context.facts.memoryLimit
    if let mark = engine.markStatus(now: now) {
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
