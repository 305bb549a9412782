import OctopusEngine
import OctopusRecords

/// Where the high-water mark of revisions is kept. Tests have one that fails.
package protocol MarkStorage: Sendable {
  /// Where that is, for messages.
  var path: String { get }
  /// The mark; 0 when there is none yet.
  func read() throws(StorageFailure) -> Revision
  /// Returns once the mark outlives a power cut.
  func write(_ mark: Revision) throws(StorageFailure)
}

/// The file in the state directory that holds the mark: one decimal number, and a line feed.
package struct RevisionFile: MarkStorage {
  private let directory: StateDirectory
  private static let name = "revision"

  package init(in directory: StateDirectory) { self.directory = directory }

  package var path: String { directory.path + "/" + Self.name }

  package func read() throws(StorageFailure) -> Revision {
    guard let content = try directory.read(Self.name, limit: 64) else { return 0 }
    let text = String(decoding: content, as: UTF8.self)
    guard text.hasSuffix("\n"), let mark = Revision(digits: text.dropLast()),
      mark < Limits.revision
    else { throw .damaged(path: path) }
    return mark
  }

  package func write(_ mark: Revision) throws(StorageFailure) {
    try directory.replace(Self.name, with: Array("\(mark)\n".utf8))
  }
}
