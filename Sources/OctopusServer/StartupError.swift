import OctopusSystem

/// Why a server did not start. The text is for a person.
package enum StartupError: Error, Sendable, CustomStringConvertible {
  case system(SystemError)
  /// A live server answers there.
  case inUse(path: String)
  /// There is a file that is no socket.
  case notASocket(path: String)
  case address(String, reason: String)
  case noSuchGroup(String)
  /// TCP was asked for, and no password set.
  case noPassword
  case storage(StorageError)
  /// It was stopped before it served.
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
