// octopusd check: is the journal of a state directory whole?

import ArgumentParser
import Glibc
import OctopusJournal
import OctopusSystem

struct Check: ParsableCommand, Sendable {
  static let configuration = CommandConfiguration(
    abstract: "Checks the journal of a state directory, and changes nothing.",
    discussion: """
      It reads all files as a start of the daemon would, and prints what it finds. The daemon may \
      run meanwhile.

      The exit code is 0 if the journal is whole, 1 if its end is torn, as a power failure leaves \
      it, so that the next start cuts the end off, and 2 if it is damaged or cannot be read.
      """)

  @Argument(help: "The state directory. Default: that of the daemon.")
  var directory: String?

  /// The exit code.
  func check() -> Int32 {
    guard let path = directory ?? StateDirectory.defaultPath(makes: false) else {
      return fail("there is no state directory")
    }
    do throws(StorageError) {
      let folder = try StateDirectory(reading: path)
      if let process = folder.user { output("octopusd (pid \(process)) uses it") }
      var records: [String: Bool] = [:]
      let summary = try JournalReader(folder).read { item in
        switch item {
        case .set(let stored): records[stored.record.name] = stored.owner != nil
        case .deleted(let record, _): records[record.name] = nil
        case .counter, .end: break
        }
      }
      guard let summary else {
        output("no journal in \(path)")
        return 0
      }
      return report(summary, records: records.count, ofSessions: records.values.count { $0 })
    } catch { return fail("\(error)") }
  }

  private func report(
    _ summary: JournalReader.Summary, records: Int, ofSessions transient: Int
  ) -> Int32 {
    output("store     \(summary.store)")
    output("revision  \(summary.revision)")
    output("records   \(records), \(transient) of them of sessions")
    for (name, size) in summary.files { output("file      \(name), \(size) bytes") }
    for name in summary.superseded { output("file      \(name), not needed any more") }
    for cut in summary.cuts {
      output(
        "torn      \(cut.file) at byte \(cut.offset): the next start cuts \(cut.byteCount) bytes off"
      )
    }
    return summary.cuts.isEmpty ? 0 : 1
  }

  private func output(_ line: String) { StandardStream.output.write(StyledText(line + "\n")) }

  private func fail(_ text: String) -> Int32 {
    StandardStream.error.log("octopusd: \(text)")
    return 2
  }
}
