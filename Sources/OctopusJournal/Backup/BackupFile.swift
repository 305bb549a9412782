import Glibc
import OctopusEngine
import OctopusRecords
import OctopusSystem

/// A backup: a whole state, in the format of a base. Unlike the end of a journal, no part of it may
/// be torn.
package struct BackupFile: Sendable {
  private let file: any DiskFile
  package let path: String

  /// - Parameter path: for messages.
  package init(_ file: any DiskFile, path: String) {
    self.file = file
    self.path = path
  }

  /// Opens a file for reading.
  package init(_ path: String) throws(StorageError) {
    let descriptor: Descriptor
    do throws(SystemError) {
      descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
    } catch { throw .system(error) }
    guard descriptor.isRegularFile else { throw .notAFile(path: path) }
    self.init(SystemFile(descriptor, path: path), path: path)
  }

  /// The result of reading a backup.
  package struct Contents: Sendable {
    package var store: StoreID
    /// The revision of the last change.
    package var revision: Revision
    package var byteCount: Int
    /// The store had passed all revisions below this one: a state can stand above its last change.
    package var first: Revision { max(header.first, revision) }
    package var records: RecordCount
    fileprivate var header: FileHeader
    /// Where the entries begin.
    fileprivate var start: Int
  }

  private var journalFile: JournalFile { JournalFile(file, path: path) }

  /// Reads all of it, and checks each byte.
  ///
  /// - Throws: `damagedJournal` with the offset, unless it is whole.
  package func read() throws(StorageError) -> Contents {
    guard let (header, start) = try journalFile.readHeader() else { throw journalFile.hasNoHeader }
    var records = RecordCount(of: path)
    let end = try journalFile.readEntries(from: start, header, needsBase: true) {
      (item) throws(StorageError) in
      records.take(item)
    }
    guard end.isWhole else { throw journalFile.damaged(end.offset, "an entry is not whole") }
    guard end.endsBase else {
      throw journalFile.damaged(end.offset, "entries follow the end of the state")
    }
    try records.check()
    return Contents(
      store: header.store, revision: end.revision, byteCount: end.offset, records: records,
      header: header, start: start)
  }

  /// Throws if the directory has a journal.
  package static func checkEmpty(_ disk: any Disk) throws(StorageError) {
    let names = try disk.list().compactMap { FileName($0) }
    if let name = names.first(where: { $0.kind != .fresh }) {
      throw .notEmpty(path: disk.path, file: "\(name)")
    }
  }

  /// Writes the state of a backup into a directory without a journal, as a store of its own: a
  /// server can start there when this returns. A power failure meanwhile leaves the directory
  /// without a journal.
  ///
  /// - Parameter contents: of this file, read before.
  /// - Returns: the id of the new store.
  package func restore(_ contents: Contents, to disk: any Disk) throws(StorageError) -> StoreID {
    try Self.checkEmpty(disk)
    // An attempt that was interrupted has left fresh files. They never count.
    for name in try disk.list() {
      if FileName(name)?.kind == .fresh { try disk.remove(name) }
    }
    var header = contents.header
    header.store = StoreID()
    header.followsSynced = true
    let fresh = "\(FileName(.fresh, header.first))"
    let copy = try disk.create(fresh)
    do throws(StorageError) {
      try copyEntries(of: contents, to: copy, below: header)
      try copy.sync()
      try disk.rename(fresh, to: "\(FileName(.base, header.first))")
      try disk.sync()
    } catch {
      try? disk.remove(fresh)
      throw error
    }
    return header.store
  }

  /// Entries get new checksums, since they include the store's id.
  private func copyEntries(
    of contents: Contents, to copy: any DiskFile, below header: FileHeader
  ) throws(StorageError) {
    var size = 0
    func append(_ bytes: Bytes) throws(StorageError) {
      try copy.write(UnsafeRawBufferPointer(bytes), at: size)
      size += bytes.count
    }
    try header.line.withUnsafeBufferPointer { (bytes) throws(StorageError) in try append(bytes) }
    var scanner = FileScanner(
      file, size: contents.byteCount, seed: contents.header.seed, from: contents.start)
    var entries = EntryBuffer()
    while scanner.offset < contents.byteCount {
      guard case .entry = try scanner.next() else {
        throw journalFile.damaged(scanner.offset, "it was changed while it was read")
      }
      scanner.withContent { entries.append($0) }
      guard entries.byteCount > Self.copiedBytes || scanner.offset == contents.byteCount else {
        continue
      }
      entries.seal(seed: header.seed, synced: 0)
      try entries.withBytes { (bytes) throws(StorageError) in
        try append(bytes.assumingMemoryBound(to: UInt8.self))
      }
      entries.removeAll()
    }
  }

  /// Written at a time.
  private static let copiedBytes = 1 << 20
}
