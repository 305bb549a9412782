/// The Unix socket on which a server listens, and where a client looks for one, unless told
/// otherwise.
package enum DefaultSocket {
  /// The paths in the order in which a client tries them: `$OCTOPUS_SOCKET` alone if it is set;
  /// otherwise `$XDG_RUNTIME_DIR/octopus.sock`, a user's own server, and then the system's. A
  /// server listens on the first.
  package static func paths(_ environment: Environment = .process) -> [String] {
    if let path = environment["OCTOPUS_SOCKET"] { return [path] }
    let system = "/run/octopus/octopus.sock"
    guard let directory = environment.directory("XDG_RUNTIME_DIR") else { return [system] }
    return [directory + "/octopus.sock", system]
  }
}
