import TestSupport
import Testing

@testable import OctopusServer

/// Connections over TCP that do not authenticate.
@Suite struct AuthenticationTimeoutTests {
  @Test(arguments: ["", "*2\r\n$4\r\nAUTH\r\n$6\r\nse", "AUTH wrong\r\nHELLO 3\r\nGET x\r\n"])
  func connectionWithoutThePasswordIsClosed(sent: String) async throws {
    try await withServer(tcpPassword: "secret", authenticationMilliseconds: 20) { server in
      let client = try RESPClient(tcpPort: server.tcpPort)
      // On a busy machine the server may have closed the connection already.
      try? client.send(sent)
      #expect(
        try client.textToEnd().last == "-NOAUTH the password has not come in time")
      let other = try server.connect()
      #expect(try other.call("DBSIZE") == "0")
    }
  }

  @Test(.timeLimit(.minutes(2))) func resetGivesNoMoreTime() async throws {
    try await withServer(tcpPassword: "secret", authenticationMilliseconds: 50) { server in
      let client = try RESPClient(tcpPort: server.tcpPort)
      var answer = "RESET"
      while answer == "RESET" { answer = try client.call("RESET") }
      #expect(answer == "-NOAUTH the password has not come in time")
    }
  }

  @Test(arguments: [1, 3]) func authenticatedConnectionStaysOpenUntilReset(loops: Int) async throws
  {
    try await withServer(loops: loops, tcpPassword: "secret", authenticationMilliseconds: 100) {
      server in
      let client = try authenticated(server)
      // A later connection without the password is closed earlier.
      #expect(try RESPClient(tcpPort: server.tcpPort).textToEnd().count == 1)
      #expect(try client.call("SET", "x") == "OK")
      // RESET requires the password again.
      #expect(try client.call("RESET") == "RESET")
      #expect(try client.textToEnd() == ["-NOAUTH the password has not come in time"])
    }
  }

  /// Tries again if the time limit passes before the password arrives.
  private func authenticated(_ server: TemporaryServer) throws -> RESPClient {
    while true {
      let client = try RESPClient(tcpPort: server.tcpPort)
      if let answer = try? client.call("AUTH", "secret"), answer == "OK" { return client }
    }
  }
}
