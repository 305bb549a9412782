// Finding a server, authentication, and servers that are not Octopus.

import Dispatch
import Glibc
import OctopusSystem
import TestSupport
import Testing

@testable import Octopus

struct ConnectingTests {
  @Test func printsAnIPv6AddressInBrackets() {
    #expect(OctopusClient.Address.tcp(host: "::1", port: 6_500).description == "[::1]:6500")
  }

  @Test func noServerListsAllAddresses() async throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/octopus.sock"
    await expectFailure(.only(.noServer(["\(path) (No such file or directory)"]))) {
      () throws(OctopusError) in
      _ = try await OctopusClient.connect(.unix(path))
    }
    // A socket whose server has gone.
    let stale = try Listener(path: path)
    stale.close()
    await expectFailure(.only(.noServer(["\(path) (Connection refused)"]))) {
      () throws(OctopusError) in
      _ = try await OctopusClient.connect(.unix(path))
    }
    for address: OctopusClient.Address in [
      .unix(""), .unix("a\0b"), .unix(String(repeating: "x", count: 108)),
      .tcp(host: "127.0.0.1", port: -1), .tcp(host: "127.0.0.1", port: 99_999_999),
      .tcp(host: "", port: 1),
    ] {
      await expectFailure(.noServer) {
        () throws(OctopusError) in
        _ = try await OctopusClient.connect(address)
      }
    }
  }

  @Test func firstAddressThatAnswersIsUsed() async throws {
    try await Backend.withServer { fixture in
      let session = try await OctopusClient.reach(
        [.unix("/nowhere/octopus.sock"), .unix(fixture.path)], limit: .seconds(10))
      #expect(session.ending == nil)
      session.close("enough")
    }
  }

  @Test func wrongOrMissingPasswordIsRefused() async throws {
    try await Backend.withServer { fixture in
      let address = OctopusClient.Address.tcp(host: "127.0.0.1", port: fixture.server.tcpPort)
      let patient = OctopusClient.Options(name: "test-client", connectTimeout: .seconds(600))
      await expectRefusal(.wrongPassword) { () throws(OctopusError) in
        _ = try await OctopusClient.connect(address, password: "wrong", options: patient)
      }
      await expectRefusal(.noAuthentication) { () throws(OctopusError) in
        _ = try await OctopusClient.connect(address, options: patient)
      }
      let octopus = try await OctopusClient.connect(
        address, password: ServerFixture.password, options: patient)
      let list = try await octopus.clients()
      #expect(list.contains("name=test-client"))
      #expect(list.contains("lib-name=octopus-swift"))
      #expect(list.contains("lib-ver=\(Version.current)"))
    }
  }

  @Test(arguments: ["", "-ERR unknown command\r\n", "*2\r\n$5\r\nproto\r\n:2\r\n", "SSH-2.0\r\n"])
  func foreignServersFailTheConnect(_ greeting: String) async throws {
    let directory = try TemporaryDirectory()
    let listener = try Listener(path: "\(directory.path)/octopus.sock")
    async let answered: Void = listener.answerOnce(greeting)
    let options = OctopusClient.Options(
      connectTimeout: greeting.isEmpty ? .milliseconds(50) : .seconds(600))
    let expected: [String: Expected] = [
      "": .timeout, "-ERR unknown command\r\n": .saying("unknown"),
    ]
    await expectFailure(expected[greeting] ?? .protocolViolation) { () throws(OctopusError) in
      _ = try await OctopusClient.connect(.unix("\(directory.path)/octopus.sock"), options: options)
    }
    // The half-open connection is closed too: the other side reads its end.
    await answered
    listener.close()
  }

  @Test func cancelledConnectClosesItsSocket() async throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/octopus.sock"
    let listener = try Listener(path: path)
    async let answered: Void = listener.answerOnce("")
    let connecting = Task { try await OctopusClient.connect(.unix(path)) }
    connecting.cancel()
    await expectFailure(.cancelled, of: connecting)
    listener.stopAccepting()
    await answered
    listener.close()
  }

  /// The thread that connects may have its socket when the caller is gone already.
  @Test func connectOfACancelledTaskClosesItsSocket() async throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/octopus.sock"
    let listener = try Listener(path: path)
    async let answered: Void = listener.answerOnce("")
    let connecting = Task {
      await untilCancelled()
      return try await OctopusClient.reach([.unix(path)], limit: .seconds(10))
    }
    connecting.cancel()
    (try? await connecting.value)?.close("enough")
    await answered
    listener.close()
  }

  /// A child that inherited the socket would keep the session alive after its owner's death.
  @Test func socketsAreCloseOnExec() async throws {
    try await Backend.withServer { fixture in
      let octopus = try await fixture.connect()
      for address: OctopusClient.Address in [
        .unix(fixture.path), .tcp(host: "127.0.0.1", port: fixture.server.tcpPort),
      ] {
        let socket = try connectSocket(to: address, limit: .seconds(10))
        #expect(fcntl(socket, F_GETFD) & FD_CLOEXEC != 0)
        close(socket)
      }
      try await octopus.ping()
    }
  }
}

/// A Unix socket whose other side the test is.
private final class Listener: Sendable {
  private let descriptor: CInt

  init(path: String) throws {
    descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafeBytes(of: &address) {
      bind(
        descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress,
        socklen_t(MemoryLayout<sockaddr_un>.size))
    }
    try #require(result == 0 && listen(descriptor, 8) == 0)
  }

  /// Accepts, says something, and reads until the other side has gone. On a thread of its own,
  /// since it blocks.
  func answerOnce(_ greeting: String) async {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "octopus.tests.listener").async { [self] in
        let peer = accept(descriptor, nil, nil)
        if peer >= 0 {
          var byte: UInt8 = 0
          // An answer comes after a question.
          if read(peer, &byte, 1) > 0 {
            _ = Array(greeting.utf8).withUnsafeBytes {
              send(peer, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
          }
          while read(peer, &byte, 1) > 0 {}
          Glibc.close(peer)
        }
        continuation.resume()
      }
    }
  }

  func stopAccepting() { shutdown(descriptor, CInt(SHUT_RDWR)) }

  func close() { Glibc.close(descriptor) }
}
