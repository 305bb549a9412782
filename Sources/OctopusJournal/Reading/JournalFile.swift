import OctopusEngine
import OctopusRecords

/// A file of the journal, or a backup, read from its beginning.
struct JournalFile {
  let file: any DiskFile
  /// For messages.
  let path: String

  init(_ file: any DiskFile, path: String) {
    self.file = file
    self.path = path
  }

  /// Where reading has ended.
  struct End {
    /// Whether that is the end of the file; otherwise something is there that is no entry.
    var isWhole = true
    var offset: Int
    /// The revision of the last change.
    var revision: Revision
    /// Entries.
    var steps = 0
    /// Whether the last entry ends a base.
    var endsBase = false
  }

  /// Reads the first line. Returns it, and where the entries begin; nil if it is no header.
  func readHeader() throws(StorageError) -> (FileHeader, start: Int)? {
    var bytes = [UInt8](repeating: 0, count: FileHeader.mostBytes)
    var count = 0
    var failure: StorageError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(StorageError) { count = try file.read(into: buffer, at: 0) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    do throws(FileHeader.Refusal) {
      let (header, start) = try FileHeader.read(bytes[..<count])
      return (header, start)
    } catch {
      guard case .newer(let format) = error else { return nil }
      throw .newerFormat(path: path, format: format)
    }
  }

  /// Reads the entries up to the end, or up to something that is none.
  ///
  /// - Parameter needsBase: whether there must be a whole state before that.
  func readEntries(
    from start: Int, _ header: FileHeader, needsBase: Bool,
    _ take: (JournalItem) throws(StorageError) -> Void
  ) throws(StorageError) -> End {
    var scanner = FileScanner(file, size: try file.size(), seed: header.seed, from: start)
    var expected = header.first
    var hasBase = !needsBase
    var end = End(offset: start, revision: header.previous)
    while true {
      end.offset = scanner.offset
      switch try scanner.next() {
      case .entry:
        var endsBase = false
        do throws(EntryFailure) {
          try scanner.withContent { (content) throws(EntryFailure) in
            try self.take(content, &expected, &hasBase) { (item) throws(StorageError) in
              if case .end = item { endsBase = true }
              try take(item)
            }
          }
        } catch {
          switch error {
          case .storage(let error): throw error
          case .line(let error): throw damaged(end.offset, error.reason)
          }
        }
        if expected > header.first { end.revision = expected - 1 }
        end.steps += 1
        end.endsBase = endsBase
      case .end:
        guard hasBase else {
          throw damaged(end.offset, "the state at its start is not complete")
        }
        return end
      case .invalid:
        guard hasBase else { throw damaged(end.offset, "an entry of its state is not whole") }
        end.isWhole = false
        return end
      }
    }
  }

  private enum EntryFailure: Error {
    case storage(StorageError)
    case line(LineError)
  }

  /// Hands over what an entry has. Its changes must have the revisions that follow.
  private func take(
    _ content: EntryContent, _ expected: inout Revision, _ hasBase: inout Bool,
    _ take: (JournalItem) throws(StorageError) -> Void
  ) throws(EntryFailure) {
    var failure: StorageError?
    do throws(LineError) {
      try content.readLines { (item) throws(LineError) in
        switch item {
        case .set(let stored) where !content.isBase: try check(stored.revision, &expected)
        case .deleted(_, let revision): try check(revision, &expected)
        case .end: hasBase = true
        default: break
        }
        guard failure == nil else { return }
        do throws(StorageError) { try take(item) } catch { failure = error }
      }
    } catch { throw .line(error) }
    if let failure { throw .storage(failure) }
  }

  private func check(_ revision: Revision, _ expected: inout Revision) throws(LineError) {
    guard revision == expected else {
      throw LineError("revision \(revision) comes where \(expected) should")
    }
    expected += 1
  }

  func damaged(_ offset: Int, _ reason: String) -> StorageError {
    .damagedJournal(path: path, offset: offset, reason: reason)
  }

  var hasNoHeader: StorageError { damaged(0, "its first line is no header of a journal's file") }
}
