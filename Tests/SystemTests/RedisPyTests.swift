import Testing

/// redis-py, in RESP2 and RESP3: programs in Python, each with a server of its own.
@Suite struct RedisPyTests {
  static let programs = [
    "records", "errors", "introspection", "publish_subscribe", "patterns", "pipelines",
    "triggers", "binding", "asynchronous", "pool", "coordination",
  ]

  @Test(arguments: programs)
  func redisPyProgramSucceeds(_ name: String) async throws {
    try await python(name, Octopusd())
  }

  /// Those that show every shape of a reply, with redis-py's own parser instead of hiredis's; and
  /// connections on different event loops.
  @Test(arguments: [
    "records", "publish_subscribe", "patterns", "pipelines", "triggers", "binding", "coordination",
  ])
  func redisPyProgramWithoutHiredisSucceedsOnManyLoops(_ name: String) async throws {
    try await python(name, Octopusd(["--loops", "3"]), ["PARSER": "python"])
  }

  @Test func redisPyAuthenticatesOverTCP() async throws {
    let password = ["OCTOPUS_PASSWORD": "a password with 'blanks'"]
    let server = try await Octopusd(["--tcp", "127.0.0.1:0"], environment: password)
    try await python("password", server, password.merging(["PORT": server.readPort()]) { $1 })
  }

}

/// Runs a program in Python against a server; its assertions are the test's.
func python(
  _ name: String, _ server: Octopusd, _ environment: [String: String] = [:]
) async throws {
  let outcome = try await run(
    repository + "/.venv/bin/python", [sourceDirectory + "/Python/\(name).py"],
    environment: [
      "OCTOPUS_SOCKET": server.socket, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
    ].merging(environment) { $1 })
  #expect(outcome.status == .init(code: 0), "\(outcome.output)\(outcome.errors)")
}

extension Octopusd {
  /// The port that it says it listens on.
  func readPort() async throws -> String {
    while let line = try await running.errors.readLine() {
      if let word = line.split(separator: " ").first(where: { $0.hasPrefix("port=") }) {
        return String(word.dropFirst("port=".count))
      }
    }
    throw Failure("octopusd has ended")
  }
}
