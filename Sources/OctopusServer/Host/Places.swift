import Glibc

/// Where things are by default, from the environment of the process.
package enum Places {
  /// The variables that matter.
  package static func environment() -> [String: String] {
    let names = [
      "HOME", "NOTIFY_SOCKET", "OCTOPUS_PASSWORD", "OCTOPUS_SOCKET", "STATE_DIRECTORY",
      "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]
    return names.reduce(into: [:]) { variables, name in
      variables[name] = getenv(name).map { String(cString: $0) }
    }
  }

  /// `$OCTOPUS_SOCKET`, else `$XDG_RUNTIME_DIR/octopus.sock`, else `/run/octopus/octopus.sock`.
  package static func socket(_ environment: [String: String]) -> String {
    if let path = environment["OCTOPUS_SOCKET"], !path.isEmpty { return path }
    if let folder = absolute(environment["XDG_RUNTIME_DIR"]) { return folder + "/octopus.sock" }
    return "/run/octopus/octopus.sock"
  }

  /// A directory that outlives a run and that this process may write to; it is made if it is not
  /// there. Nil if there is none.
  package static func stateDirectory(
    _ environment: [String: String], isRoot: Bool = geteuid() == 0
  ) -> String? {
    var candidates: [String] = []
    // systemd gives a list, in the unit's order.
    if let given = environment["STATE_DIRECTORY"] {
      candidates += given.split(separator: ":").prefix(1).map(String.init)
    }
    if isRoot {
      candidates.append("/var/lib/octopus")
    } else if let folder = absolute(environment["XDG_STATE_HOME"]) {
      candidates.append(folder + "/octopus")
    } else if let home = absolute(environment["HOME"]) {
      candidates.append(home + "/.local/state/octopus")
    }
    return candidates.first { candidate in
      // One that has been used, or of which that cannot be told, is not passed over because it cannot be
      // written to now: revisions would begin anew.
      if access(candidate + "/revision", F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno) {
        return true
      }
      let isThere = (try? makeDirectory(candidate, mode: 0o700)) != nil
      return isThere && access(candidate, W_OK | X_OK) == 0
    }
  }

  /// Makes a directory and those above it, unless it is there. Directories above it that root makes are for
  /// everybody to pass through, as in /var/lib.
  package static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
    if mkdir(path, mode) == 0 || errno == EEXIST { return }
    let error = SystemError("make \(path)")
    // A path that ends with a slash names the same directory without it.
    let end = path.lastIndex { $0 != "/" } ?? path.startIndex
    guard error.code == ENOENT, let slash = path[..<end].lastIndex(of: "/"),
      slash != path.startIndex
    else { throw error }
    try makeDirectory(String(path[..<slash]), mode: geteuid() == 0 ? 0o755 : mode)
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemError("make \(path)") }
  }

  private static func absolute(_ folder: String?) -> String? {
    guard let folder, folder.hasPrefix("/") else { return nil }
    return folder
  }
}
