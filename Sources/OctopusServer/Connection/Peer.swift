import Glibc
import OctopusEngine

/// The other end of a connection, as the kernel knows it.
package struct Peer: Sendable {
  package enum Transport: Sendable { case unix, tcp }

  var transport: Transport
  let descriptor: Int32
  /// As `CLIENT LIST` shows them: a path or `host:port`.
  var address: String
  var localAddress: String
  var userID: UInt32?
  var processID: Int32?

  package init(
    transport: Transport, descriptor: Int32, address: String, localAddress: String,
    userID: UInt32? = nil, processID: Int32? = nil
  ) {
    self.transport = transport
    self.descriptor = descriptor
    self.address = address
    self.localAddress = localAddress
    self.userID = userID
    self.processID = processID
  }

  /// As `MONITOR` shows it. Clients tell a Unix socket by its prefix, and want no port there.
  var monitorAddress: String {
    switch transport {
    case .unix: "unix:\(address.dropLast(":0".count))"
    case .tcp: address
    }
  }

  /// Who this is. Over TCP only the password says so.
  package var principal: Principal {
    switch transport {
    case .unix: Principal(userID: userID, isAdministrator: isAdministrator)
    case .tcp: Principal(name: Access.user)
    }
  }

  /// Whether this is root or the server's own user. The kernel shows users of other user namespaces as
  /// the overflow user, who is therefore never one.
  private var isAdministrator: Bool {
    let overflowUser: UInt32 = 65_534
    return userID == 0 || userID == geteuid() && userID != overflowUser
  }
}

/// Who may come in.
package struct Access: Sendable {
  /// The one user that a password is for, as in Redis.
  static let user = "default"

  private let password: [UInt8]?

  package init(password: [UInt8]?) { self.password = password }

  var hasPassword: Bool { password != nil }

  /// Whether the peer must name the password first. On a Unix socket the file's mode has decided.
  func mustAuthenticate(_ peer: Peer) -> Bool { peer.transport == .tcp }

  /// Takes the same time wherever two passwords of the same length differ.
  func admits(user: [UInt8]?, password given: [UInt8]) -> Bool {
    guard let password, !password.isEmpty else { return false }
    if let user, !user.elementsEqual(Self.user.utf8) { return false }
    var difference = given.count ^ password.count
    for index in given.indices {
      difference |= Int(given[index] ^ password[index % password.count])
    }
    return difference == 0
  }
}
