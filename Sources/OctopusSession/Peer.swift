import OctopusEngine

/// The client's end of a connection, as the transport describes it.
package struct Peer: Sendable {
  package enum Transport: Sendable { case unix, tcp, inProcess }

  /// A user, whose connections count together.
  package enum User: Sendable, Hashable, CustomStringConvertible {
    case id(UInt32)
    /// Of a client over TCP that has given the password.
    case login(String)
    case unauthenticated
    case unknown

    package var description: String {
      switch self {
      case .id(let number): "\(number)"
      case .login(let name): name
      case .unauthenticated: "unauthenticated"
      case .unknown: "unknown"
      }
    }
  }

  package let transport: Transport
  /// As `CLIENT LIST` shows them: a path or `host:port`.
  package let address: String
  package let localAddress: String
  package let userID: UInt32?
  package let processID: Int32?
  /// What the engine decides permissions by. Over TCP only the password tells users apart.
  package let principal: Principal

  package init(
    transport: Transport, address: String, localAddress: String, userID: UInt32? = nil,
    processID: Int32? = nil, isAdministrator: Bool = false
  ) {
    self.transport = transport
    self.address = address
    self.localAddress = localAddress
    self.userID = userID
    self.processID = processID
    principal =
      switch transport {
      case .unix, .inProcess: Principal(userID: userID, isAdministrator: isAdministrator)
      case .tcp: Principal(name: Authenticator.user)
      }
  }

  /// Once it is authenticated.
  package var user: User {
    switch transport {
    case .unix, .inProcess: userID.map(User.id) ?? .unknown
    case .tcp: .login(Authenticator.user)
    }
  }

  /// Until it is authenticated.
  package var userBeforeAuthentication: User {
    transport == .tcp ? .unauthenticated : user
  }

  /// As `MONITOR` shows it. Clients recognise a Unix socket by its prefix, and expect no port
  /// there.
  package var monitorAddress: String {
    switch transport {
    case .unix, .inProcess: "unix:\(address.dropLast(":0".count))"
    case .tcp: address
    }
  }
}
