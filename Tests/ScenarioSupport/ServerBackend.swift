import OctopusServer
import RESP
import TestSupport

/// A real server in this process, over its Unix socket.
///
/// A bystander's PING shows when nothing more will arrive. The server has one event loop, which
/// writes all that follows from one client's bytes before it reads another's. So once it has read
/// all requests and then answered the PING, their effects are in the clients' sockets.
package final class ServerBackend: Backend {
  private let server: Server
  private let directory: TemporaryDirectory
  private let path: String
  private var clients: [String: RESPClient] = [:]
  private let bystander: RESPClient

  package init(memoryLimit: Int? = nil) throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/socket"
    var configuration = Configuration(socket: .init(path: path))
    configuration.memoryLimit = memoryLimit
    server = Server(configuration)
    try server.start()
    bystander = try RESPClient(unix: path)
  }

  package func close() async {
    clients = [:]
    bystander.close()
    server.stop()
  }

  package var hasManualClock: Bool { false }

  package func send(_ request: Request, from client: String) throws {
    if clients[client] == nil {
      let connected = try RESPClient(unix: path)
      try connected.send(command: ["HELLO", "3"])
      _ = try connected.next()
      clients[client] = connected
    }
    try clients[client]?.send(request)
  }

  package func disconnect(_ client: String) throws {
    guard let left = clients.removeValue(forKey: client) else {
      throw BackendFailure(description: "\(client) is not connected")
    }
    // The server closes its side when it has noticed.
    left.stopSending()
    _ = try left.receiveToEnd()
    left.close()
  }

  package func advance(milliseconds: Int64, until expected: [String: Int]) throws {
    for (client, count) in expected { try clients[client]?.wait(for: count) }
  }

  package func received() throws -> [String: [RESPValue]] {
    // The server reads long input in several turns, and answers one PING in each.
    var turns = 0
    while clients.values.contains(where: \.isUnread) {
      try ping()
      turns += 1
      guard turns < 10_000 else { throw BackendFailure(description: "what was sent is not read") }
    }
    // The second is read after all that was read before the first has been carried out.
    for _ in 0..<2 { try ping() }
    return try clients.mapValues { try $0.takeReceived() }
  }

  private func ping() throws {
    try bystander.send(command: ["PING"])
    _ = try bystander.next()
  }
}
