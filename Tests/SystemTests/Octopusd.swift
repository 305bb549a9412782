import Glibc
import Octopus
import TestSupport

/// A server of a test's own, on a socket in a directory of its own; both go with this object.
final class Octopusd: Sendable {
  private let temporary: TemporaryDirectory
  let socket: String
  let running: RunningProgram

  var directory: String { temporary.path }
  /// Leads the programs to this server.
  var environment: [String: String] {
    ["OCTOPUS_SOCKET": socket, "XDG_STATE_HOME": directory + "/state"]
  }

  /// Starts it, and returns once it serves.
  ///
  /// - Parameter wrapper: a command that runs it.
  init(
    _ arguments: [String] = [], socket: String? = nil, environment: [String: String] = [:],
    wrapper: [String] = []
  ) async throws {
    temporary = try TemporaryDirectory()
    self.socket = socket ?? temporary.path + "/octopus.sock"
    let command = wrapper + [productsDirectory + "/octopusd"]
    running = try RunningProgram(
      command[0],
      command.dropFirst() + ["--socket", self.socket, "--state-dir", temporary.path] + arguments,
      environment: environment)
    while let line = try await running.errors.readLine() {
      if line.contains("listening") { return }
    }
    throw Failure("octopusd has ended")
  }

  /// Runs the shell with these arguments to its end.
  func octopus(_ arguments: String..., input: String = "") async throws -> Outcome {
    try await run(
      productsDirectory + "/octopus", arguments, input: input, environment: environment)
  }

  /// The prompt in a terminal, once it asks.
  func prompt(
    _ arguments: [String] = [], environment more: [String: String] = [:], columns: Int = 80
  ) async throws -> Terminal {
    let terminal = try Terminal(
      productsDirectory + "/octopus", arguments,
      environment: environment.merging(more) { $1 }, columns: columns)
    try await terminal.expectLine("octopus>")
    return terminal
  }

  /// Waits until a client is connected: one of this name, or without a name, and with this as its
  /// last command.
  func waitForClient(named name: String?, command: String? = nil) async throws {
    let deadline = now() + patience
    while now() < deadline {
      let isThere = try await octopus("clients").lines.contains { line in
        !line.contains("cmd=client|list") && line.contains("name=\(name ?? "") ")
          && (command.map { line.contains("cmd=\($0) ") } ?? true)
      }
      if isThere { return }
    }
    throw Failure("no client has come")
  }

  func nextLogLine() async throws -> String? { try await running.errors.readLine() }

  func stop() async -> Process.Status {
    running.process.kill(SIGTERM)
    return await running.process.wait()
  }
}

/// A client of the Swift library that gives its server time, however busy the machine is.
func connectLibrary(to socket: String, bufferLimit: Int = 1_024) async throws -> OctopusClient {
  let options = OctopusClient.Options(bufferLimit: bufferLimit, connectTimeout: .seconds(600))
  return try await OctopusClient.connect(.unix(socket), options: options)
}

/// Starts the shell with these arguments, as a client of a server.
func octopus(
  _ arguments: [String], _ server: Octopusd, _ environment: [String: String] = [:]
) throws -> RunningProgram {
  try RunningProgram(
    productsDirectory + "/octopus", arguments,
    environment: server.environment.merging(environment) { $1 })
}
