import Octopus

/// A connection to the server that the options name.
///
/// The buffer for events is large: their reader may be a pager, and a person.
func connect(to server: ServerOptions) async throws -> OctopusClient {
  try await OctopusClient.connect(
    server.address, password: server.password(),
    options: .init(name: "octopus", bufferLimit: 1 << 16))
}
