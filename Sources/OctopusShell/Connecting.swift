import Octopus

/// A connection to the server that the options name.
///
/// Events wait in a large buffer: who reads them may be a pager that a person looks at.
func connect(to server: ServerOptions) async throws -> OctopusClient {
  try await OctopusClient.connect(
    server.address, password: server.password(),
    options: .init(name: "octopus", bufferLimit: 1 << 16))
}
