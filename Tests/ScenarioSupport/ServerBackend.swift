import Foundation
import OctopusServer
import RESP

/// A real server in this process, over its Unix socket.
///
/// Nothing sleeps. That nothing more arrives is known from a bystander: the server has one event loop,
/// which has written all that follows from one client's bytes before it reads another's, so once it has read
/// all and then answered the bystander's PING, what came of earlier requests is in the clients' sockets.
package final class ServerBackend: Backend {
  private let server: Server
  private let folder: String
  private let path: String
  private var clients: [String: Wire] = [:]
  private let bystander: Wire

  package init(memoryLimit: Int? = nil) throws {
    var template = Array("/tmp/octopus-scenario-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw BackendFailure(description: "no folder: \(errno)")
    }
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    path = folder + "/socket"
    var configuration = Configuration(socket: .init(path: path))
    configuration.memoryLimit = memoryLimit
    server = Server(configuration)
    try server.start()
    bystander = try Wire(path)
  }

  package func close() async {
    clients = [:]
    bystander.close()
    server.stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  package var hasManualClock: Bool { false }

  package func send(_ request: Request, from client: String) throws {
    if clients[client] == nil {
      let wire = try Wire(path)
      try wire.send(Request([Array("HELLO".utf8), Array("3".utf8)]))
      _ = try wire.next()
      clients[client] = wire
    }
    try clients[client]?.send(request)
  }

  package func disconnect(_ client: String) throws {
    guard let left = clients.removeValue(forKey: client) else {
      throw BackendFailure(description: "\(client) is not connected")
    }
    // The server closes its side when it has noticed.
    left.stopSending()
    try left.readToEnd()
    left.close()
  }

  package func advance(milliseconds: Int64, until expected: [String: Int]) throws {
    for (client, count) in expected { try clients[client]?.wait(for: count) }
  }

  package func received() throws -> [String: [RESPValue]] {
    // What is long is read in several turns, of which each answer is one.
    var turns = 0
    while try clients.values.contains(where: { try $0.isUnread }) {
      try ping()
      turns += 1
      guard turns < 10_000 else { throw BackendFailure(description: "what was sent is not read") }
    }
    // The second is read no earlier than what was read before the first has been carried out.
    for _ in 0..<2 { try ping() }
    return try clients.mapValues { try $0.takeArrived() }
  }

  private func ping() throws {
    try bystander.send(Request([Array("PING".utf8)]))
    _ = try bystander.next()
  }
}
