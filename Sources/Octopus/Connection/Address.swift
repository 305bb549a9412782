import OctopusSystem

extension OctopusClient {
  /// Where a server listens.
  public enum Address: Sendable, Hashable {
    /// A Unix socket: the same machine, and the default.
    case unix(_ path: String)
    /// A TCP port; the server wants a password there.
    case tcp(host: String, port: Int)

    /// The addresses that a client tries by default.
    ///
    /// `$OCTOPUS_SOCKET` alone if it is set. Otherwise `$XDG_RUNTIME_DIR/octopus.sock`, a user's
    /// own server, and then `/run/octopus/octopus.sock`, the system's: the first that answers.
    ///
    /// ```swift
    /// print(OctopusClient.Address.defaults)
    /// ```
    public static var defaults: [Address] {
      DefaultSocket.paths().map { .unix($0) }
    }
  }
}

extension OctopusClient.Address: CustomStringConvertible {
  /// A path, or `host:port`.
  public var description: String {
    switch self {
    case .unix(let path): path
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
