// octopusd check: is the journal of a state directory, or a backup, whole?

import ArgumentParser
import Glibc
import OctopusJournal
import OctopusSystem

struct Check: ParsableCommand, Sendable {
  static let configuration = CommandConfiguration(
    abstract: "Checks the journal of a state directory, or a backup, and changes nothing.",
    discussion: """
      It reads all files as a start of the daemon would, and prints what it finds. The daemon may \
      run meanwhile.

      The exit code is 0 if all is whole, 1 if the end of the journal is torn, as a power failure \
      leaves it, so that the next start cuts the end off, and 2 if the journal or the backup is \
      damaged or cannot be read.
      """)

  @Argument(help: "The state directory, or a backup. Default: the directory of the daemon.")
  var path: String?

  /// The exit code.
  func check() -> Int32 {
    guard let path = path ?? StateDirectory.defaultPath(makes: false) else {
      return fail("there is no state directory")
    }
    do throws(StorageError) {
      return isFile(path) ? try checkBackup(path) : try checkDirectory(path)
    } catch { return fail("\(error)") }
  }

  private func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private func checkBackup(_ path: String) throws(StorageError) -> Int32 {
    let contents = try BackupFile(path).read()
    report(contents.store, contents.revision, contents.records)
    return 0
  }

  private func checkDirectory(_ path: String) throws(StorageError) -> Int32 {
    let folder = try StateDirectory(reading: path)
    if let process = folder.user { output("octopusd (pid \(process)) uses it") }
    var records = RecordCount(of: path)
    let summary = try JournalReader(folder).read { records.take($0) }
    guard let summary else {
      output("no journal in \(path)")
      return 0
    }
    try records.check()
    report(summary.store, summary.revision, records)
    for (name, size) in summary.files { output("file      \(name), \(size) bytes") }
    for name in summary.superseded { output("file      \(name), not needed any more") }
    for cut in summary.cuts {
      output(
        "torn      \(cut.file) at byte \(cut.offset): the next start cuts \(cut.byteCount) bytes off"
      )
    }
    return summary.cuts.isEmpty ? 0 : 1
  }

  private func report(_ store: StoreID, _ revision: Int64, _ records: RecordCount) {
    output("store     \(store)")
    output("revision  \(revision)")
    output("records   \(records.all), \(records.transient) of them of sessions")
  }

  private func output(_ line: String) { StandardStream.output.write(StyledText(line + "\n")) }

  private func fail(_ text: String) -> Int32 {
    StandardStream.error.log("octopusd: \(text)")
    return 2
  }
}
