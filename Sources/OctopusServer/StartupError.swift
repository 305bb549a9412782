import OctopusJournal
import OctopusSystem

/// Why a server did not start. The text is for a person.
package enum StartupError: Error, Sendable, CustomStringConvertible {
  case system(SystemError)
  /// Another server listens on the socket.
  case inUse(path: String)
  /// The path is that of another kind of file.
  case notASocket(path: String)
  case address(String, reason: String)
  case noSuchGroup(String)
  /// TCP is configured without a password.
  case noPassword
  case storage(StorageError)
  /// `stop` was called during the start.
  case stopped

  package var description: String {
    switch self {
    case .system(let error): error.description
    case .inUse(let path): "another server is running on \(path)"
    case .notASocket(let path): "\(path) exists and is not a socket: not touching it"
    case .address(let address, let reason): "cannot listen on \(address): \(reason)"
    case .noSuchGroup(let name): "there is no group \(name)"
    case .noPassword:
      "TCP needs a password: give --password-file, or set $OCTOPUS_PASSWORD"
    case .storage(let failure): failure.description
    case .stopped: "stopped before it served"
    }
  }
}
