import Testing

@testable import OctopusServer

/// Connections over TCP that do not give the password.
@Suite struct AuthenticationTimeoutTests {
  @Test(arguments: ["", "*2\r\n$4\r\nAUTH\r\n$6\r\nse", "AUTH wrong\r\nHELLO 3\r\nGET x\r\n"])
  func connectionWithoutThePasswordIsClosed(sent: String) async throws {
    try await withServer(tcpPassword: "secret", authenticationMilliseconds: 20) { server in
      let client = try RawClient(tcpPort: server.tcpPort)
      try client.send(sent)
      #expect(
        try client.hearToTheEnd().last == "-NOAUTH the password has not come in time")
      let other = try server.connect()
      #expect(try other.call("DBSIZE") == "0")
    }
  }

  @Test(.timeLimit(.minutes(2))) func resetGivesNoMoreTime() async throws {
    try await withServer(tcpPassword: "secret", authenticationMilliseconds: 50) { server in
      let client = try RawClient(tcpPort: server.tcpPort)
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
      #expect(try RawClient(tcpPort: server.tcpPort).hearToTheEnd().count == 1)
      #expect(try client.call("SET", "x") == "OK")
      // RESET requires the password again.
      #expect(try client.call("RESET") == "RESET")
      #expect(try client.hearToTheEnd() == ["-NOAUTH the password has not come in time"])
    }
  }

  /// The time is short, and the machine perhaps busy.
  private func authenticated(_ server: TemporaryServer) throws -> RawClient {
    while true {
      let client = try RawClient(tcpPort: server.tcpPort)
      if let answer = try? client.call("AUTH", "secret"), answer == "OK" { return client }
    }
  }
}
