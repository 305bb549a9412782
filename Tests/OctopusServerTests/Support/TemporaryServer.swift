import Glibc

@testable import OctopusServer

/// A folder of its own for a test, which is removed in the end.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/octopus-test-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit {
    for name in contents { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  var contents: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// A server on a socket of its own.
struct TemporaryServer: Sendable {
  let server: Server
  let folder: TemporaryFolder

  var path: String { folder.path + "/o.sock" }
  var tcpPort: Int { server.tcpPort }

  func connect() throws -> RawClient { try RawClient(unix: path) }

  /// Over RESP3.
  func connect3() throws -> RawClient {
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
  in folder: TemporaryFolder = TemporaryFolder(),
  _ body: (TemporaryServer) async throws -> Void
) async throws {
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
