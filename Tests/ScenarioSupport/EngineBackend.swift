import OctopusSession
import RESP

/// The session layer and an engine in memory, with a manual clock.
package final class EngineBackend: Backend {
  private let server: InProcessServer
  private var clients: [String: Int64] = [:]

  package init(memoryLimit: Int? = nil) {
    server = InProcessServer(
      settings: ConnectionStateMachine.Settings(serverVersion: "1"), memoryLimit: memoryLimit)
  }

  package var hasManualClock: Bool { true }

  package func send(_ request: Request, from client: String) throws {
    server.receive(request.encoded, from: connection(client))
  }

  private func connection(_ client: String) -> Int64 {
    if let id = clients[client] { return id }
    let peer = Peer(
      transport: .inProcess, address: "\(client):0", localAddress: "engine:0",
      isAdministrator: true)
    let id = server.connect(peer, version: .three)
    clients[client] = id
    return id
  }

  package func disconnect(_ client: String) throws {
    guard let id = clients.removeValue(forKey: client) else {
      throw BackendFailure(description: "\(client) is not connected")
    }
    server.disconnect(id)
  }

  package func advance(milliseconds: Int64, until expected: [String: Int]) throws {
    server.now += milliseconds
    server.tick()
  }

  package func received() throws -> [String: [RESPValue]] {
    var output: [String: [UInt8]] = [:]
    // What a client takes may let others go on.
    while !server.takeConnectionsWithOutput().isEmpty {
      for (client, id) in clients {
        while server.takeOutput(of: id, { output[client, default: []] += $0 }) {}
      }
    }
    return try output.mapValues { bytes in
      try bytes.withUnsafeBytes {
        var decoder = ReplyDecoder()
        return try decoder.values(in: $0)
      }
    }
  }
}
