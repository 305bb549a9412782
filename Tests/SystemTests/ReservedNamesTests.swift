import Glibc
import Testing

/// Another user of the machine, whom the socket lets in, writes nothing that belongs to the
/// machine.
@Suite struct ReservedNamesTests {
  @Test(.enabled(if: geteuid() == 0, "only root may become another user"))
  func anotherUserReadsButDoesNotWriteReservedNames() async throws {
    let server = try await Octopusd(["--socket-mode", "0666"])
    #expect(chmod(server.directory, 0o711) == 0)
    func asAnother(_ words: [String]) async throws -> String {
      try await run(
        "setpriv",
        ["--reuid", "12345", "--regid", "12345", "--clear-groups", "--"]
          + ["redis-cli", "-s", server.socket] + words
      ).output
    }
    let own = try await server.redisCLI("SET", "hw.usb.1 { class: 8 }")
    #expect(own.output == "OK\n")
    for words in [
      ["SET", "hw.usb.2 { class: 8 }"], ["UPDATE", "hw.usb.1", "{ class: 9 }"],
      ["DEL", "hw.usb.1"],
      ["DEL", "_", "ALL"], ["PUBLISH", "kaluga.request { verb: stop }"], ["LOCK", "kaluga.x"],
      ["SETSEQ", "octopus.n_"],
    ] {
      let output = try await asAnother(words)
      #expect(output.contains("NOPERM only root and the server's own user"), "\(words): \(output)")
    }
    #expect(try await asAnother(["GET", "hw.usb.1"]) == "hw.usb.1 { class: 8 }\n")
    #expect(try await asAnother(["SET", "app { a: 1 }"]) == "OK\n")
    #expect(try await server.redisCLI("COUNT", "_").output == "2\n")
  }

  @Test func clientOverTCPMayNotWriteReservedNames() async throws {
    let server = try await Octopusd(
      ["--tcp", "127.0.0.1:0"], environment: ["OCTOPUS_PASSWORD": "secret"])
    let port = try await server.readPort()
    let outcome = try await run(
      "redis-cli",
      ["-p", port, "-a", "secret", "--no-auth-warning", "SET", "hw.a"])
    #expect(outcome.output.contains("NOPERM"), "\(outcome)")
  }
}
