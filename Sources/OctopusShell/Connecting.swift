import Octopus

/// A connection to the server that the options name.
func connect(to server: ServerOptions) async throws -> Octopus {
  try await Octopus.connect(
    server.address, password: server.password(), options: .init(name: "octopus"))
}
