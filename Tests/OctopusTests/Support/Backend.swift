// The backends on which the tests run: an engine in this process, and a server on its own socket.

import Octopus
import OctopusServer
import TestSupport
import Testing

enum Backend: CaseIterable, Sendable, CustomTestStringConvertible {
  case embedded
  case server
  case serverWithTwoLoops

  var testDescription: String { "\(self)" }

  /// Runs a test against something fresh.
  ///
  /// - Parameter clock: what clients measure the time limits of waits with.
  func run(
    clock: any Clock<Duration> = ContinuousClock(), _ body: (any Fixture) async throws -> Void
  ) async throws {
    switch self {
    case .embedded: try await body(EmbeddedFixture(clock: clock))
    case .server: try await Self.withServer(loops: 1, clock: clock, body)
    case .serverWithTwoLoops: try await Self.withServer(loops: 2, clock: clock, body)
    }
  }

  static func withServer(
    loops: Int = 1, stepBudget: Int? = nil, clock: any Clock<Duration> = ContinuousClock(),
    _ body: (ServerFixture) async throws -> Void
  ) async throws {
    let directory = try TemporaryDirectory()
    var configuration = Configuration(socket: .init(path: "\(directory.path)/octopus.sock"))
    configuration.loops = loops
    if let stepBudget { configuration.stepBudget = stepBudget }
    configuration.tcp = .init(host: "127.0.0.1", port: 0)
    configuration.password = Array(ServerFixture.password.utf8)
    let server = Server(configuration)
    try server.start()
    let result: Result<Void, any Error>
    do {
      try await body(
        ServerFixture(path: "\(directory.path)/octopus.sock", server: server, clock: clock))
      result = .success(())
    } catch { result = .failure(error) }
    server.stop()
    try result.get()
  }
}

/// Makes clients of one engine or server.
protocol Fixture: Sendable {
  func connect(_ options: OctopusClient.Options) async throws -> OctopusClient
  /// Ends all sessions from the server's side.
  func disconnectAll() async
}

extension Fixture {
  func connect() async throws -> OctopusClient { try await connect(OctopusClient.Options()) }

  /// A figure of INFO, seen after everything that was sent before by this client.
  func figure(_ name: String, _ client: OctopusClient) async throws -> Int {
    let lines = try await client.info().split(whereSeparator: \.isNewline)
    let line = lines.first { $0.hasPrefix("\(name):") }
    return try #require(line.flatMap { Int($0.dropFirst(name.count + 1)) })
  }
}

struct EmbeddedFixture: Fixture {
  let node: OctopusClient.Embedded

  init(clock: any Clock<Duration> = ContinuousClock()) {
    node = OctopusClient.Embedded(clock: clock)
  }

  func connect(_ options: OctopusClient.Options) async throws -> OctopusClient {
    node.connect(options: options)
  }

  func disconnectAll() async { node.disconnectAll() }
}

struct ServerFixture: Fixture {
  static let password = "open sesame"

  let path: String
  let server: Server
  let clock: any Clock<Duration>

  func connect(_ options: OctopusClient.Options) async throws -> OctopusClient {
    var options = options
    // On a busy machine, too, a test ends for its own reasons.
    options.connectTimeout = .seconds(600)
    options.clock = clock
    return try await OctopusClient.connect(.unix(path), password: Self.password, options: options)
  }

  func disconnectAll() async { server.stop() }
}
