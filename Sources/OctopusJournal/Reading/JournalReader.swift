import OctopusEngine
import OctopusRecords

/// Reads a journal: the newest base and the logs that follow it, in the order of revisions.
///
/// What a power failure can leave at the end is no error: entries that were not on the disk yet are
/// lost, torn, or there although earlier ones are not. The reader stops at the first one that is
/// not whole, and says what is to be cut off. Anything else that is wrong is damage, and nothing is
/// read past it. Each entry says how much of its file was on the disk when the entry was written,
/// so a valid entry proves damage before that.
package struct JournalReader {
  private let disk: any Disk
  /// More bytes than this that are neither of an entry nor zero are not cut off. An entry that was
  /// torn is shorter: it has the changes of one step.
  package static let mostGarbage = 64 << 20

  package init(_ disk: any Disk) { self.disk = disk }

  /// For messages.
  package var path: String { disk.path }

  /// The state of a journal that was read.
  package struct Summary: Sendable {
    package var store: StoreID
    /// The files that are needed, in order, and their sizes.
    package internal(set) var files: [(name: FileName, size: Int)] = []
    /// The revision of the last change.
    package internal(set) var revision: Revision = 0
    /// The highest revision of a change, or of a file's name.
    package internal(set) var highest: Revision = 0
    /// Entries that change something.
    package internal(set) var steps = 0
    /// To be cut off before the journal goes on.
    package internal(set) var cuts: [Cut] = []
    /// Files that are not needed any more, or were never completed.
    package internal(set) var superseded: [String] = []
  }

  /// The end of a file that is not whole.
  package struct Cut: Sendable, Equatable {
    package var file: String
    package var offset: Int
    package var byteCount: Int
  }

  /// Reads all files, and hands over their items in order.
  ///
  /// - Returns: nil if there is no journal.
  /// - Complexity: O(bytes).
  package func read(
    _ take: (JournalItem) throws(StorageError) -> Void
  ) throws(StorageError) -> Summary? {
    let names = try disk.list().compactMap { FileName($0) }.sorted()
    guard let base = names.last(where: { $0.kind == .base }) else {
      guard let log = names.first(where: { $0.kind == .log }) else { return nil }
      throw .missingBase(path: disk.path, log: "\(log)")
    }
    let needed = [base] + names.filter { $0.kind == .log && $0.first >= base.first }
    var superseded = names.filter { $0.kind == .fresh || $0.first < base.first }.map(\.description)
    var summary: Summary?
    for (index, name) in needed.enumerated() {
      let isWhole = try read(name, into: &summary, take)
      if isWhole { continue }
      try cutOff(after: index, of: needed, &summary)
      break
    }
    superseded += summary?.superseded ?? []
    summary?.superseded = superseded
    let highest = max(summary?.revision ?? 0, names.map(\.first).max() ?? 0)
    summary?.highest = highest
    return summary
  }

  /// Reads one file; false if it ends with something that is not whole, or does not go on where the
  /// file before it ends.
  private func read(
    _ name: FileName, into summary: inout Summary?,
    _ take: (JournalItem) throws(StorageError) -> Void
  ) throws(StorageError) -> Bool {
    let file = try file(name)
    guard let (header, start) = try readHeader(of: file, name) else {
      guard summary != nil else { throw file.hasNoHeader }
      summary?.files.append((name, 0))
      return false
    }
    if let summary {
      guard header.store == summary.store else {
        throw file.damaged(0, "it is a file of another store, \(header.store)")
      }
      guard header.previous == summary.revision else {
        guard header.previous > summary.revision else {
          throw file.damaged(
            0, "it goes on after revision \(header.previous), which is past already")
        }
        return false
      }
    } else {
      summary = Summary(store: header.store, revision: header.previous)
    }
    let end = try file.readEntries(from: start, header, needsBase: name.kind == .base, take)
    summary?.files.append((name, end.offset))
    summary?.revision = end.revision
    summary?.steps += end.steps
    return end.isWhole
  }

  private func readHeader(
    of file: JournalFile, _ name: FileName
  ) throws(StorageError) -> (FileHeader, start: Int)? {
    guard let (header, start) = try file.readHeader() else { return nil }
    guard header.first == name.first else {
      throw file.damaged(0, "it is the file that begins with revision \(header.first)")
    }
    return (header, start)
  }

  private func file(_ name: FileName) throws(StorageError) -> JournalFile {
    JournalFile(try disk.open("\(name)"), path: "\(disk.path)/\(name)")
  }
}

// The end that a power failure leaves.
extension JournalReader {
  /// Decides what is to be cut off: all from the place where the file, or the one before the file,
  /// ceases to be whole. Throws if that was on the disk already, and thus is damaged.
  ///
  /// - Parameter index: of the file that is not whole, or is missing what comes before it.
  private func cutOff(
    after index: Int, of names: [FileName], _ summary: inout Summary?
  ) throws(StorageError) {
    guard let known = summary, let place = known.files.last else { return }
    // The file itself is among those that were read, unless a part before it is missing.
    let isMissing = place.name != names[index]
    let last = isMissing ? names[index - 1] : names[index]
    let offset = place.size
    var cuts: [Cut] = []
    /// Bytes that are neither of an entry nor zero.
    var garbage = 0
    for name in names[(isMissing ? index - 1 : index)...] {
      let file = try file(name)
      let size = try file.file.size()
      let isFirst = name == last
      var reason: String?
      if !isFirst, let (header, _) = try readHeader(of: file, name), header.followsSynced {
        reason = "\(name) was begun when all before it was on the disk"
      } else {
        var scanner = FileScanner(
          file.file, size: size, seed: FileHeader.seed(known.store, name.first), from: 0)
        let (synced, end) = try scanner.lastEntries(after: isFirst ? offset : 0)
        garbage += try scanner.bytesBeforeZeros(from: end)
        if synced > (isFirst ? offset : 0) {
          reason = "a later entry of \(name) says that \(synced) bytes of it were on the disk"
        }
      }
      if let reason {
        let what = isMissing ? "changes after it are missing" : "an entry is not whole"
        throw try self.file(last).damaged(offset, "\(what), and \(reason)")
      }
      let start = isFirst ? offset : 0
      if size > start {
        cuts.append(Cut(file: "\(name)", offset: start, byteCount: size - start))
      } else if start == 0 {
        summary?.superseded.append("\(name)")
      }
    }
    guard garbage <= Self.mostGarbage else {
      throw try file(last).damaged(
        offset,
        "an entry is not whole, and more than \(Self.mostGarbage) bytes follow that are no entries")
    }
    summary?.cuts = cuts
    if summary?.files.last?.size == 0 { summary?.files.removeLast() }
  }
}

// Mending.
extension JournalReader {
  /// Cuts off what is not whole, and keeps it in files of their own. Files that are not needed any
  /// more are removed.
  package func mend(_ summary: Summary) throws(StorageError) {
    for cut in summary.cuts {
      if cut.offset == 0 {
        try disk.rename(cut.file, to: try freeName(cut))
      } else {
        try copy(cut, to: try freeName(cut))
        let file = try disk.open(cut.file)
        try file.truncate(to: cut.offset)
        try file.sync()
      }
    }
    for name in summary.superseded { try disk.remove(name) }
    for (name, size) in summary.files {
      let file = try disk.open("\(name)")
      // Gives back the space that was set aside for it.
      try file.truncate(to: size)
      // The kernel may have read it from its memory alone.
      try file.sync()
    }
    try disk.sync()
  }

  /// Removes the file that an earlier run has prepared, and gives its space back.
  package func removePrepared() throws(StorageError) {
    if try disk.list().contains(JournalWriter.nextName) {
      try disk.remove(JournalWriter.nextName)
    }
  }

  private func freeName(_ cut: Cut) throws(StorageError) -> String {
    let name = "\(cut.file).cut.\(cut.offset)"
    let names = Set(try disk.list())
    guard names.contains(name) else { return name }
    return (2...).lazy.map { "\(name).\($0)" }.first { !names.contains($0) } ?? name
  }

  private func copy(_ cut: Cut, to name: String) throws(StorageError) {
    let (source, target) = (try disk.open(cut.file), try disk.create(name))
    var bytes = [UInt8](repeating: 0, count: min(cut.byteCount, 1 << 20))
    var done = 0
    while done < cut.byteCount {
      var count = 0
      var failure: StorageError?
      bytes.withUnsafeMutableBytes { buffer in
        do throws(StorageError) {
          count = try source.read(into: buffer, at: cut.offset + done)
          let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
          try target.write(part, at: done)
        } catch { failure = error }
      }
      if let failure { throw failure }
      guard count > 0 else { break }
      done += count
    }
    try target.sync()
  }
}
