import Glibc
import OctopusSystem

extension StateDirectory {
  /// The directory to use when none is named. Nil if this process can write to none of the
  /// candidates.
  ///
  /// - Parameter makes: whether it is made if it does not exist.
  package static func defaultPath(
    _ environment: Environment = .process, isRoot: Bool = geteuid() == 0, makes: Bool = true
  ) -> String? {
    var candidates: [String] = []
    // systemd gives a list, in the unit's order.
    if let given = environment["STATE_DIRECTORY"] {
      candidates += given.split(separator: ":").prefix(1).map(String.init)
    }
    if isRoot {
      candidates.append("/var/lib/octopus")
    } else if let directory = environment.directory("XDG_STATE_HOME") {
      candidates.append(directory + "/octopus")
    } else if let home = environment.directory("HOME") {
      candidates.append(home + "/.local/state/octopus")
    }
    return candidates.first { candidate in
      // A directory that holds a revision, or may hold one, is chosen even if it cannot be written
      // to now: in another, revisions would begin anew.
      if access(candidate + "/revision", F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno) {
        return true
      }
      let exists = !makes || (try? makeDirectory(candidate, mode: 0o700)) != nil
      return exists && access(candidate, W_OK | X_OK) == 0
    }
  }
}
