import TestSupport

@testable import OctopusServer

/// A server on a socket of its own.
struct TemporaryServer: Sendable {
  let server: Server
  let folder: TemporaryDirectory

  var path: String { folder.path + "/o.sock" }
  var tcpPort: Int { server.tcpPort }

  func connect() throws -> RESPClient { try RESPClient(unix: path) }

  /// Over RESP3.
  func connect3() throws -> RESPClient {
    let client = try connect()
    try client.call("HELLO", "3")
    return client
  }
}

/// Runs a test against a server, which is stopped in the end.
func withServer(
  loops: Int = 1, mode: UInt32 = 0o600, group: String? = nil, tcpPassword: String? = nil,
  authenticationMilliseconds: Int64 = 20_000, slowlogMicroseconds: Int64 = 10_000,
  stateDirectory: String? = nil,
  in given: TemporaryDirectory? = nil,
  _ body: (TemporaryServer) async throws -> Void
) async throws {
  let folder = try given ?? TemporaryDirectory()
  var configuration = Configuration(
    socket: Configuration.UnixSocket(path: folder.path + "/o.sock", mode: mode, group: group))
  if let tcpPassword {
    configuration.tcp = Configuration.TCP(host: "127.0.0.1", port: 0)
    configuration.password = Array(tcpPassword.utf8)
  }
  configuration.authenticationMilliseconds = authenticationMilliseconds
  configuration.loops = loops
  configuration.slowlogMicroseconds = slowlogMicroseconds
  configuration.stateDirectory = stateDirectory
  let server = Server(configuration)
  try server.start()
  do {
    try await body(TemporaryServer(server: server, folder: folder))
  } catch {
    server.stop()
    throw error
  }
  server.stop()
}
