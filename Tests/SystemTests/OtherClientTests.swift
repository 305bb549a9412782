import TestSupport
import Testing

/// Clients in C, Perl, Ruby and JavaScript, as Debian has them. Their assertions are the tests'.
@Suite struct OtherClientTests {
  /// hiredis: blocking, and asynchronous in a poll loop.
  @Test(arguments: ["requests", "asynchronous"])
  func hiredisProgramSucceeds(_ name: String) async throws {
    let directory = try TemporaryDirectory()
    let program = directory.path + "/" + name
    let compiled = try await run(
      "cc", ["-Wall", "-o", program, sourceDirectory + "/C/\(name).c", "-lhiredis"])
    try #require(compiled.status == .init(code: 0), "\(compiled.errors)")
    let server = try await Octopusd()
    try await succeeds(program, [server.socket], server)
  }

  /// By the system's own interpreters, since that is where Debian puts the libraries.
  @Test(arguments: [("/usr/bin/perl", "pl"), ("/usr/bin/ruby", "rb"), ("/usr/bin/node", "js")])
  func clientInAScriptingLanguageSucceeds(_ interpreter: String, _ suffix: String) async throws {
    try await succeeds(
      interpreter, [sourceDirectory + "/Languages/client.\(suffix)"], try await Octopusd())
  }

  private func succeeds(
    _ program: String, _ arguments: [String], _ server: Octopusd
  ) async throws {
    let outcome = try await run(
      program, arguments,
      environment: ["OCTOPUS_SOCKET": server.socket, "NODE_PATH": "/usr/share/nodejs"])
    #expect(outcome.status == .init(code: 0), "\(outcome.output)\(outcome.errors)")
  }
}
