/// Decides which connections need a password, and whether a password is right.
package struct Authenticator: Sendable {
  /// The only user that can have a password, as in Redis.
  package static let user = "default"

  /// After this many wrong passwords a connection is closed.
  package static let maximumFailures = 5

  private let password: [UInt8]?

  package init(password: [UInt8]?) { self.password = password }

  var hasPassword: Bool { password != nil }

  /// Whether the peer must give the password first. On a Unix socket the file's mode has decided.
  func requiresPassword(_ peer: Peer) -> Bool { peer.transport == .tcp }

  /// Compares in constant time for passwords of one length.
  func accepts(user: [UInt8]?, password given: [UInt8]) -> Bool {
    guard let password, !password.isEmpty else { return false }
    if let user, !user.elementsEqual(Self.user.utf8) { return false }
    var difference = given.count ^ password.count
    for index in given.indices {
      difference |= Int(given[index] ^ password[index % password.count])
    }
    return difference == 0
  }
}
