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
      ($0.clients(), $0.dispatcher.counters.traffic)
    } then: { loop, parts in
      var info = loop.serverInfo()
      for (clients, traffic) in parts {
        info.clients += clients
        info.traffic += traffic
      }
      loop.answer(client: asking) { $0.append(info, sections: sections) }
    }
  }

  private func clients() -> ServerInfo.Clients {
    var clients = ServerInfo.Clients()
    // A client counts until its session has ended.
    clients.connected = connections.count + dispatcher.endingSessionCount
    clients.monitors = monitors.count
    clients.operationsPerSecond = rate.perSecond(at: now)
    for connection in connections.values {
      let state = connection.protocolState
      if state.isBlocked { clients.blocked += 1 }
      if state.carriesEventsOf != nil { clients.bound += 1 }
      clients.queuedOutputBytes += state.outbox.waitingBytes + connection.unsent.count
      clients.memory += ConnectionMemory.fixed + connection.memory.total
    }
    return clients
  }

  private func serverInfo() -> ServerInfo {
    var info = ServerInfo(engine: engine.statistics)
    info.version = context.settings.serverVersion
    info.operatingSystem = Machine.description()
    info.processID = getpid()
    info.uptimeSeconds = (now - context.facts.startedAt) / 1_000_000
    info.socketPath = context.facts.socketPath
    info.tcpPort = context.facts.tcpPort
    info.eventLoops = context.loopCount
    info.maximumClients = Int(DescriptorShares().ordinaryConnections)
    info.maximumClientsPerUser = context.quota.most
    info.connectionsRejected = context.quota.refusalCount
    info.memoryLimit = context.facts.memoryLimit
    info.mailMemory = memory.mailBytes
    if let mark = engine.markStatus(now: now) {
      info.revisionsReserved = mark.reserved
      info.revisionMarkError = mark.error
    }
    info.journal = journal.map { ServerInfo.Journal($0.status) }
    info.residentMemory = Memory.resident()
    info.residentPeak = Memory.peak()
    return info
  }
}

extension ServerInfo.Journal {
  fileprivate init(_ status: JournalStatus) {
    self.init(
      store: "\(status.store)", sync: status.policy.rawValue, written: status.written,
      durable: status.durable, bytes: status.byteCount, files: status.fileCount,
      isFull: status.isFull, error: status.error, cutBytes: status.cutBytes)
  }
}
