import Foundation
import OctopusJournal
import OctopusRecords
import OctopusSystem

/// The records and changes in the state directory of a server that was killed.
package struct DiskImage: Sendable {
  package struct Change: Sendable {
    package var revision: Int64
    /// The new state; of a deletion only the name counts.
    package var record: Record
    package var isDeletion: Bool

    package init(revision: Int64, record: Record, isDeletion: Bool = false) {
      self.revision = revision
      self.record = record
      self.isDeletion = isDeletion
    }
  }

  /// Changes in order, up to the last one.
  package var changes: [Change]
  /// The revision of the last change.
  package var end: Int64
  /// The numbers in the names of files: where revisions may be passed over.
  package var firsts: Set<Int64>

  package init(changes: [Change], end: Int64, firsts: Set<Int64> = []) {
    self.changes = changes
    self.end = end
    self.firsts = firsts
  }
}

/// Links to the files of a server's life. The server removes them when it has a new base, and the
/// changes in them are wanted.
struct FileArchive: Sendable {
  private let directory: String
  private let folder: String
  /// The first revision that this life could use.
  let first: Int64

  /// - Parameter folder: where to put the links; it does not exist.
  init(of directory: String, in folder: String) throws {
    self.directory = directory
    self.folder = folder
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    while try !Self.link(directory, folder, asLogs: false) {}
    first = try Self.files(folder).last?.first ?? 0
  }

  /// Links the files that have come since; one that gets another name meanwhile, next time.
  func linkAll() throws { _ = try Self.link(directory, folder, asLogs: true) }

  /// Links the files that are not linked yet. False if one has got another name meanwhile.
  ///
  /// - Parameter asLogs: a base that follows other files is read as a log.
  private static func link(_ directory: String, _ folder: String, asLogs: Bool) throws -> Bool {
    var kept = Set(try files(folder).map(\.first))
    for file in try files(directory) where kept.insert(file.first).inserted {
      let name = asLogs ? FileName(.log, file.first) : file
      guard Glibc.link("\(directory)/\(file)", "\(folder)/\(name)") == 0 else {
        guard errno == ENOENT else { throw SystemError("link \(directory)/\(file)") }
        return false
      }
    }
    return true
  }

  private static func files(_ path: String) throws -> [FileName] {
    try StateDirectory(reading: path).list().compactMap { FileName($0) }
      .filter { $0.kind != .fresh }.sorted()
  }

  /// What the killed server has left, with all changes after a revision; nil if files with some of
  /// them have come and gone.
  func image(after revision: Int64) throws -> DiskImage? {
    let files = try Self.files(directory)
    guard let base = files.last(where: { $0.kind == .base }) else {
      throw SoakFailure("there is no base in \(directory)")
    }
    try linkAll()
    let firsts = Set(try Self.files(folder).map(\.first))
    let (changes, end) = try Self.read(directory, from: base.first)
    guard base.first > revision + 1 else {
      return DiskImage(changes: changes, end: end, firsts: firsts)
    }
    // Where one is missing between others, they look damaged.
    guard let (all, whole) = try? Self.read(folder, from: 0), whole == end else { return nil }
    return DiskImage(changes: all, end: end, firsts: firsts)
  }

  /// The changes from a revision on, and the last one's revision.
  private static func read(
    _ path: String, from first: Int64
  ) throws -> ([DiskImage.Change], end: Int64) {
    var changes: [DiskImage.Change] = []
    var last = first - 1
    let summary = try JournalReader(StateDirectory(reading: path)).read { item in
      switch item {
      // Others are stated again in a base.
      case .set(let stored) where stored.revision > last:
        last = stored.revision
        changes.append(DiskImage.Change(revision: last, record: stored.record))
      case .deleted(let record, let revision):
        last = revision
        changes.append(DiskImage.Change(revision: last, record: record, isDeletion: true))
      default: break
      }
    }
    return (changes, summary?.revision ?? 0)
  }
}
