import Glibc
import OctopusSystem
import TestSupport
import Testing

@testable import OctopusServer

/// Where the server listens, and who may come in.
@Suite struct ListeningTests {
  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func socketFileIsPrivateByDefault() async throws {
    try await withServer { server in #expect(mode(server.path) == 0o600) }
  }

  @Test func socketFileHasTheConfiguredModeAndGroup() async throws {
    try await withServer(mode: 0o660, group: "\(getgid())") { server in
      #expect(mode(server.path) == 0o660)
    }
  }

  @Test func unknownGroupIsAnError() throws {
    let folder = try TemporaryDirectory()
    #expect(throws: StartupError.self) {
      _ = try UnixListener(path: folder.path + "/s", group: "no such group")
    }
    #expect(folder.contents == [])
  }

  @Test func secondServerOnASocketIsRefused() async throws {
    try await withServer { server in
      let second = Server(Configuration(socket: .init(path: server.path)))
      var refusal = ""
      do { try second.start() } catch { refusal = "\(error)" }
      #expect(refusal == "another server is running on \(server.path)")
      let answer = try server.connect().call("PING")
      #expect(answer == "PONG")
    }
  }

  @Test func liveServerWithoutALockFileIsNotReplaced() throws {
    let folder = try TemporaryDirectory()
    let first = try UnixListener(path: folder.path + "/s")
    unlink(folder.path + "/s.lock")
    #expect(throws: StartupError.self) { _ = try UnixListener(path: folder.path + "/s") }
    #expect(folder.contents == ["s"])
    first.close()
  }

  @Test func staleSocketIsReplaced() async throws {
    let folder = try TemporaryDirectory()
    let path = folder.path + "/o.sock"
    // As a server leaves it that was killed.
    let stale = try UnixListener(path: path)
    close(stale.descriptor)
    unlink(path + ".lock")
    #expect(folder.contents == ["o.sock"])
    try await withServer(in: folder) { server in
      let answer = try server.connect().call("PING")
      #expect(answer == "PONG")
    }
  }

  @Test func fileThatIsNoSocketIsKept() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path + "/precious"
    _ = try Descriptor(opening: path, O_CREAT | O_WRONLY, mode: 0o600)
    #expect(throws: StartupError.self) { _ = try UnixListener(path: path) }
    #expect(folder.contents == ["precious"])
  }

  @Test func stopKeepsTheSocketOfAnotherServer() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path + "/s"
    let listener = try UnixListener(path: path)
    unlink(path)
    _ = try Descriptor(opening: path, O_CREAT | O_WRONLY, mode: 0o600)
    listener.close()
    #expect(folder.contents == ["s"])
  }

  @Test(arguments: ["", "@abstract", "/tmp/" + String(repeating: "x", count: 200)])
  func invalidSocketPathIsAnError(_ path: String) {
    #expect(throws: StartupError.self) { _ = try UnixListener(path: path) }
  }

  @Test func oneOfManySimultaneousStartsServes() async throws {
    let folder = try TemporaryDirectory()
    let path = folder.path + "/s"
    // A stale socket, which all of them want to remove.
    close(try UnixListener(path: path).descriptor)
    unlink(path + ".lock")
    let listeners = await withTaskGroup(of: UnixListener?.self) { group in
      for _ in 0..<20 { group.addTask { try? UnixListener(path: path) } }
      return await group.reduce(into: [UnixListener]()) { if let one = $1 { $0.append(one) } }
    }
    #expect(listeners.count == 1)
    #expect(folder.contents == ["s", "s.lock"])
    for listener in listeners { listener.close() }
    #expect(folder.contents == [])
  }

  @Test func tcpWithoutAPasswordIsRefused() {
    for password in [nil, []] as [[UInt8]?] {
      let server = Server(
        Configuration(tcp: Configuration.TCP(host: "127.0.0.1", port: 0), password: password))
      #expect(throws: StartupError.self) { try server.start() }
    }
  }

  @Test func tcpConnectionMustAuthenticate() async throws {
    try await withServer(tcpPassword: "secret") { server in
      let client = try RESPClient(tcpPort: server.tcpPort)
      #expect(try client.call("GET", "x").hasPrefix("-NOAUTH "))
      #expect(try client.call("AUTH", "secret") == "OK")
      #expect(try client.call("SET", "x", "TRANSIENT") == "OK")
      #expect(try client.call("CLIENT", "INFO").contains("addr=127.0.0.1:"))
      let answer = try server.connect().call("GET", "x")
      #expect(answer == "x {}")
    }
  }

  @Test func acceptedDescriptorIsCloseOnExec() async throws {
    try await withServer(tcpPassword: "secret") { server in
      let client = try server.connect()
      let description = try client.call("CLIENT", "INFO")
      let field = try #require(description.split(separator: " ").first { $0.hasPrefix("fd=") })
      let descriptor = try #require(Int32(field.dropFirst(3)))
      #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }
  }

}
