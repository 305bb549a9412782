// octopusd restore: makes a state directory of a backup.

import ArgumentParser
import Glibc
import OctopusJournal
import OctopusServer
import OctopusSystem

struct Restore: ParsableCommand, Sendable {
  static let configuration = CommandConfiguration(
    abstract: "Makes a state directory of a backup, for the next start of the daemon.",
    discussion: """
      The directory may not have a journal. The store gets a new id, and revisions go on far above \
      those that clients can have seen after the backup was made. Run by root, it works as the \
      directory's owner.

      The exit code is 0 if the directory is ready, and 2 if the backup is damaged or cannot be \
      restored; nothing is served from the directory then.
      """)

  @Argument(help: "The backup, as octopus backup has written it.")
  var file: String

  @Argument(help: "The state directory. Default: that of the daemon.")
  var directory: String?

  /// The exit code.
  func restore() -> Int32 {
    guard let path = directory ?? StateDirectory.defaultPath(makes: false) else {
      return report("there is no state directory")
    }
    do throws(StorageError) {
      let backup = try BackupFile(file)
      let contents = try backup.read()
      becomeOwner(of: path)
      let folder = try StateDirectory(path)
      try BackupFile.checkEmpty(folder)
      let mark = HighWaterMarkFile(in: folder)
      let revision = try mark.afterRestoring(contents.first)
      // Before the journal: with it, a server would start below the mark.
      try mark.write(revision)
      let store = try backup.restore(contents, to: folder)
      let lines = [
        "store     \(store)", "records   \(contents.records.all)",
        "revision  \(contents.revision); changes are above \(revision)",
      ]
      StandardStream.output.write(StyledText(lines.joined(separator: "\n") + "\n"))
      return 0
    } catch { return report("\(error)") }
  }

  /// Files that root makes in another user's directory would be of no use to that user's daemon.
  private func becomeOwner(of path: String) {
    var status = stat()
    guard geteuid() == 0, stat(path, &status) == 0 else { return }
    _ = setegid(status.st_gid)
    _ = seteuid(status.st_uid)
  }

  private func report(_ text: String) -> Int32 {
    StandardStream.error.log("octopusd: \(text)")
    return 2
  }
}
