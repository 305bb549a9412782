import OctopusSystem
import RESP

extension OctopusClient {
  /// Connects to a server.
  ///
  /// ```swift
  /// let octopus = try await OctopusClient.connect()                          // this machine's
  /// let other = try await OctopusClient.connect(.unix("/tmp/octopus.sock"))
  /// let remote = try await OctopusClient.connect(.tcp(host: "10.0.0.7", port: 6500), password: secret)
  /// ```
  ///
  /// - Parameters:
  ///   - address: where; nil: the first of ``Address/defaults`` that answers.
  ///   - password: what the server asks for.
  ///   - options: how the client behaves.
  /// - Throws: `noServer`; `refused` with `wrongPassword`, or `noAuthentication` without one;
  ///   `timeout`, `connectionLost`, `cancelled`, `protocolViolation`.
  public static func connect(
    _ address: Address? = nil, password: String? = nil, options: Options = Options()
  ) async throws(OctopusError) -> OctopusClient {
    let addresses = address.map { [$0] } ?? Address.defaults
    let promise = Promise<OctopusClient>()
    let limit = options.connectTimeout
    // A client that comes too late is dropped by the promise, and so closes.
    let attempt = Task.detached {
      do throws(OctopusError) {
        let session = try await reach(addresses, limit: limit)
        let client = OctopusClient(session: session, options: options)
        try await client.introduce(password)
        promise.resolve(.success(client))
      } catch { promise.resolve(.failure(error)) }
    }
    let timer = TimeSource(ContinuousClock()).schedule(after: limit) {
      promise.resolve(.failure(.timeout))
    }
    defer {
      attempt.cancel()
      timer.cancel()
    }
    return try await promise.value()
  }

  /// A session with the first address that answers.
  static func reach(
    _ addresses: [Address], limit: Duration
  ) async throws(OctopusError) -> ClientSession {
    var tried: [String] = []
    for address in addresses {
      switch try await SocketTransport.connect(to: address, limit: limit) {
      case .success(let session): return session
      case .failure(let error): tried.append("\(address) (\(error.reason))")
      }
    }
    throw .noServer(tried)
  }

  /// Agrees on the protocol, authenticates, and names the client.
  private func introduce(_ password: String?) async throws(OctopusError) {
    var hello = words("HELLO", "3")
    if let password { hello += words("AUTH", "default", password) }
    if let name = options.name { hello += words("SETNAME", name) }
    let reply = try await reply(to: hello).checked()
    guard reply["proto"]?.integer == 3 else {
      throw .protocolViolation("the server does not speak RESP3")
    }
    // Nothing depends on what is answered to these.
    session.send(words("CLIENT", "SETINFO", "lib-name", "octopus-swift")) { _ in }
    session.send(words("CLIENT", "SETINFO", "lib-ver", Version.current)) { _ in }
  }
}
