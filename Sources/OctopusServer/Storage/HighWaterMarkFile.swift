import OctopusEngine
import OctopusJournal
import OctopusRecords

/// Where the high-water mark of revisions is stored. Tests have a storage that fails.
package protocol HighWaterMarkStorage: Sendable {
  /// For messages.
  var path: String { get }
  /// The mark; 0 before the first ``write(_:)``.
  func read() throws(StorageError) -> Revision
  /// Returns once the mark survives a power cut.
  func write(_ mark: Revision) throws(StorageError)
}

/// The file in the state directory that holds the mark: a decimal number and a line feed.
package struct HighWaterMarkFile: HighWaterMarkStorage {
  private let directory: StateDirectory
  private static let name = "revision"

  package init(in directory: StateDirectory) { self.directory = directory }

  package var path: String { directory.path + "/" + Self.name }

  package func read() throws(StorageError) -> Revision {
    guard let content = try directory.read(Self.name, limit: 64) else { return 0 }
    let text = String(decoding: content, as: UTF8.self)
    guard text.hasSuffix("\n"), let mark = Revision(digits: text.dropLast()),
      mark < EngineLimits.revision
    else { throw .damaged(path: path) }
    return mark
  }

  /// The mark for a store that is restored from a backup of this revision: above all that clients
  /// can have seen, of this directory, or of another store after its backup was made.
  package func afterRestoring(_ revision: Revision) throws(StorageError) -> Revision {
    let mark = max(try read(), revision)
    guard mark < EngineLimits.revision / 2 else { throw .exhausted(path: path, mark: mark) }
    return max(mark, revision + Self.revisionsAfterBackup)
  }

  /// More changes than a store makes in months at full speed.
  private static let revisionsAfterBackup: Revision = 1_000_000_000_000

  package func write(_ mark: Revision) throws(StorageError) {
    try directory.replace(Self.name, with: Array("\(mark)\n".utf8))
  }
}
