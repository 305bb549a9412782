import OctopusEngine
import OctopusRecords

/// Appends changes to the journal's current file, and changes files.
///
/// It never writes to a file again that has failed: the kernel forgets a failed write once it has
/// reported it. Only a fresh file with the whole state takes its place.
package struct JournalWriter: Sendable {
  package let disk: any Disk
  package let store: StoreID
  /// Nil after a failure.
  private var current: OpenFile?
  /// The file before the current one, while not all of it is on the disk.
  private var rotated: OpenFile?
  /// Files that are needed until a base is complete.
  private var earlier: [(name: FileName, size: Int)] = []
  /// Fresh files that were given up.
  private var leftovers: [String] = []
  /// The revision of the last change in the files, from which the next file goes on.
  private var lastChange: Revision
  /// Bytes that the latest base has for counters.
  package private(set) var counterBytes = 0
  private var statedCounterBytes = 0
  /// The revision of the last change that was written.
  package private(set) var written: Revision
  /// The revision of the last change that is on the disk.
  package private(set) var durable: Revision
  /// The same of a fresh file, which does not count yet.
  private var freshDurable: Revision = 0
  /// The first revision of the latest file: no other file has a name with it.
  package private(set) var lastFirst: Revision
  /// Bytes at the end that say only what is on the disk.
  private var syncedNote = 0
  /// The base of the current file, once all of it was written.
  package private(set) var base: Base?

  /// A whole state: the beginning of a file.
  package struct Base: Sendable {
    package let file: any DiskFile
    /// The base ends here.
    package let byteCount: Int
    /// The revision of the last change that it includes.
    package let revision: Revision
  }

  /// A file that entries are appended to.
  fileprivate struct OpenFile: Sendable {
    var name: FileName
    let file: any DiskFile
    let seed: UInt32
    /// Bytes that were written.
    var size: Int
    /// Bytes that are on the disk.
    var synced: Int
    /// Bytes for which there is space.
    var reserved: Int
  }

  /// Begins a file after what was read, or the first file of a new store.
  ///
  /// - Parameters:
  ///   - summary: of what was read, and mended since.
  ///   - revision: changes get revisions above it.
  package init(
    _ disk: any Disk, after summary: JournalReader.Summary?, revision: Revision
  ) throws(StorageError) {
    self.disk = disk
    store = summary?.store ?? StoreID()
    written = revision
    durable = revision
    let name = FileName(summary == nil ? .fresh : .log, revision + 1)
    let header = FileHeader(
      store: store, first: name.first, previous: summary?.revision ?? revision,
      followsSynced: true)
    var file = OpenFile(
      name: name, file: try disk.create("\(name)"), seed: header.seed, size: 0, synced: 0,
      reserved: 0)
    var start = header.line
    if summary == nil { start += Self.entry(file.seed) { $0.end(records: 0, firstNumber: 0) } }
    try file.append(start)
    try file.file.sync()
    file.synced = file.size
    if summary == nil {
      file.name.kind = .base
      try disk.rename("\(name)", to: "\(file.name)")
    }
    try disk.sync()
    earlier = summary?.files ?? []
    lastFirst = name.first
    lastChange = header.previous
    current = file
  }

  /// Bytes of all files that are needed.
  package var byteCount: Int {
    earlier.reduce((current?.size ?? 0) + (rotated?.size ?? 0)) { $0 + $1.size }
  }

  package var fileCount: Int {
    earlier.count + (current == nil ? 0 : 1) + (rotated == nil ? 0 : 1)
  }

  /// Whether a write or a sync has failed, and no fresh file has taken the place of the one that
  /// failed.
  package var hasFailed: Bool { current == nil || current?.name.kind == .fresh }

  /// Whether there is no file to write to.
  package var hasNoFile: Bool { current == nil }

  /// Bytes for which there is space beyond those that were written.
  package var spaceLeft: Int { current.map { max(0, $0.reserved - $0.size) } ?? 0 }

  private static func entry(
    _ seed: UInt32, synced: Int = 0, _ fill: (inout EntryBuffer) -> Void
  ) -> [UInt8] {
    var entry = EntryBuffer()
    entry.begin()
    fill(&entry)
    entry.seal(seed: seed, synced: synced)
    return entry.withBytes { Array($0) }
  }
}

extension JournalWriter.OpenFile {
  mutating func append(_ bytes: [UInt8]) throws(StorageError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(StorageError) in
      try append(UnsafeRawBufferPointer(bytes))
    }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    try file.write(bytes, at: size)
    size += bytes.count
  }
}

// Appending.
extension JournalWriter {
  /// Writes entries, and empties the buffer. After an error the file is given up.
  package mutating func write(_ buffer: inout EntryBuffer) throws(StorageError) {
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll() }
    guard current != nil else { return }
    do throws(StorageError) {
      buffer.seal(seed: current!.seed, synced: knownSynced)
      try buffer.withBytes { (bytes) throws(StorageError) in try current!.append(bytes) }
    } catch {
      giveUp()
      throw error
    }
    written = max(written, buffer.lastRevision)
    lastChange = max(lastChange, buffer.lastRevision)
    syncedNote = 0
  }

  /// How much of the file an entry may say to be on the disk: nothing while the file before it is
  /// not.
  private var knownSynced: Int { rotated == nil ? current?.synced ?? 0 : 0 }

  /// Writes that everything is on the disk, unless the last entry says so: later damage is then
  /// told from a torn end.
  package mutating func saySynced() throws(StorageError) {
    guard let file = current, file.synced == file.size, rotated == nil else { return }
    var entry = EntryBuffer()
    entry.begin()
    entry.synced()
    try write(&entry)
    syncedNote = (current?.size ?? 0) - file.size
  }

  /// Gives the current file up: it is not written to again.
  package mutating func giveUp() {
    if let current, current.name.kind == .fresh { leftovers.append("\(current.name)") }
    if let current, current.name.kind != .fresh { earlier.append((current.name, current.size)) }
    if let rotated { earlier.append((rotated.name, rotated.size)) }
    (current, rotated) = (nil, nil)
  }

  /// The names of fresh files that were given up, and never count: to be removed.
  package mutating func takeLeftovers() -> [String] {
    defer { leftovers = [] }
    return leftovers
  }

  /// The file for which to set space aside, and how much there should be for `count` more bytes.
  package func spaceToReserve(_ count: Int) -> (file: any DiskFile, size: Int)? {
    current.map { ($0.file, $0.size + count) }
  }

  /// There is space for the file now.
  package mutating func didReserve(_ space: (file: any DiskFile, size: Int)) {
    if current?.file === space.file { current?.reserved = space.size }
  }
}

// Syncing, which takes long: the writer writes on meanwhile.
extension JournalWriter {
  /// Files to be synced, and the state that is on the disk then.
  package struct SyncPoint: Sendable {
    fileprivate let rotated: (any DiskFile)?
    fileprivate let file: any DiskFile
    fileprivate let name: FileName
    fileprivate let size: Int
    /// The revision that is on the disk then.
    package let revision: Revision

    /// Waits for the disk.
    package func run() throws(StorageError) {
      try rotated?.sync()
      try file.sync()
    }
  }

  /// Whether there is something that is not on the disk.
  package var needsSync: Bool {
    guard let current else { return false }
    return rotated != nil || current.size > current.synced + syncedNote
  }

  /// Bytes that are not on the disk.
  package var unsyncedBytes: Int {
    (current.map { $0.size - $0.synced } ?? 0) + (rotated.map { $0.size - $0.synced } ?? 0)
  }

  package var syncPoint: SyncPoint? { needsSync ? lastSyncPoint : nil }

  /// The same, also where only the note about what is on the disk is not.
  package var lastSyncPoint: SyncPoint? {
    guard let current else { return nil }
    return SyncPoint(
      rotated: rotated?.file, file: current.file, name: current.name, size: current.size,
      revision: written)
  }

  /// The files of a sync point are on the disk.
  package mutating func didSync(_ point: SyncPoint) {
    guard current?.name == point.name else { return }
    current?.synced = point.size
    if let rotated { earlier.append((rotated.name, rotated.size)) }
    rotated = nil
    if point.name.kind == .fresh {
      freshDurable = point.revision
    } else {
      durable = max(durable, point.revision)
    }
  }
}

// Changing files, and the bases.
extension JournalWriter {
  /// The name of a file that is made before it is needed.
  package static let nextName = "next"

  /// A file for `begin`, with space for `count` bytes. Takes long: not inside a lock.
  package static func prepareFile(
    on disk: any Disk, reserve count: Int
  ) throws(StorageError) -> any DiskFile {
    if try disk.list().contains(nextName) { try disk.remove(nextName) }
    let file = try disk.create(nextName)
    do throws(StorageError) { try file.reserve(upTo: count) } catch {
      // A part of the space may be taken.
      try? disk.remove(nextName)
      throw error
    }
    return file
  }

  /// Begins the next file. Its base is stated then, between changes: until the base is complete the
  /// file goes on from the one before it, or, after a failure, does not count.
  ///
  /// - Parameters:
  ///   - file: prepared.
  ///   - revision: of the last change before the file.
  package mutating func begin(
    _ file: any DiskFile, reserved: Int, after revision: Revision
  ) throws(StorageError) {
    let name = FileName(hasFailed ? .fresh : .log, revision + 1)
    // What a file that failed has of the last changes is not known: a fresh one needs none of it.
    let header = FileHeader(
      store: store, first: name.first, previous: hasFailed ? revision : lastChange,
      followsSynced: hasFailed)
    var next = OpenFile(
      name: name, file: file, seed: header.seed, size: 0, synced: 0, reserved: reserved)
    precondition(name.first > lastFirst, "a file's name is used once")
    // Even if the next calls fail, the name may be taken.
    lastFirst = name.first
    try next.append(header.line)
    try disk.rename(Self.nextName, to: "\(name)")
    lastChange = header.previous
    statedCounterBytes = 0
    base = nil
    if hasFailed { giveUp() }
    if let rotated { earlier.append((rotated.name, rotated.size)) }
    rotated = current
    current = next
    written = revision
  }

  /// Writes a part of the base.
  package mutating func writeBase(
    records: [Change.Stored] = [], counters: [(name: [UInt8], next: Int64)] = []
  ) throws(StorageError) {
    guard !records.isEmpty || !counters.isEmpty else { return }
    var entry = EntryBuffer()
    entry.begin()
    entry.base()
    for stored in records { entry.set(stored) }
    for (name, next) in counters { entry.counter(name, next: next) }
    if !counters.isEmpty { statedCounterBytes += entry.byteCount }
    try write(&entry)
  }

  /// Writes that the base is complete. It counts when that is on the disk: see `didComplete`.
  package mutating func endBase(records: Int, firstNumber: Int64) throws(StorageError) {
    var entry = EntryBuffer()
    entry.begin()
    entry.end(records: records, firstNumber: firstNumber)
    try write(&entry)
    base = current.map { Base(file: $0.file, byteCount: $0.size, revision: lastChange) }
  }

  /// The name of the file whose base is on the disk, and the name that says so. When the file has
  /// that name, `didComplete` is called.
  package var completion: (name: String, complete: String)? {
    guard let current, rotated == nil else { return nil }
    return ("\(current.name)", "\(FileName(.base, current.name.first))")
  }

  /// The files before the base are not needed any more. Returns the base's first revision, below
  /// which all files can be removed.
  package mutating func didComplete() -> Int64 {
    if current?.name.kind == .fresh { durable = max(durable, freshDurable) }
    current?.name.kind = .base
    counterBytes = statedCounterBytes
    earlier = []
    return lastFirst
  }
}
