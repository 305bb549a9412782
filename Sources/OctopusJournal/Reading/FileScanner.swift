import OctopusRecords

/// Reads the entries of a file one after the other, in a window of it.
struct FileScanner {
  enum Next {
    /// An entry whose checksum is right; its content is lent by `withContent`.
    case entry(synced: Int)
    /// There is nothing more.
    case end
    /// There is something that is no entry.
    case invalid
  }

  private let file: any DiskFile
  let size: Int
  let seed: UInt32
  /// Where the next entry begins.
  private(set) var offset: Int
  private var window: [UInt8] = []
  private var windowStart: Int
  /// The latest entry's content, in the window.
  private var content = 0..<0

  init(_ file: any DiskFile, size: Int, seed: UInt32, from offset: Int) {
    self.file = file
    self.size = size
    self.seed = seed
    self.offset = offset
    windowStart = offset
  }

  /// At least this much is read at a time.
  private static let chunkBytes = 1 << 20

  mutating func next() throws(StorageError) -> Next {
    guard offset < size else { return .end }
    guard try load(EntryFrame.byteCount),
      let frame = window.withUnsafeBytes({
        EntryFrame.read(UnsafeRawBufferPointer(rebasing: $0[(offset - windowStart)...]))
      }),
      offset + EntryFrame.byteCount + frame.length <= size,
      try load(EntryFrame.byteCount + frame.length)
    else { return .invalid }
    let start = offset - windowStart
    let end = start + EntryFrame.byteCount + frame.length
    let crc = window.withUnsafeBytes {
      EntryFrame.checksum(UnsafeRawBufferPointer(rebasing: $0[start..<end]), seed)
    }
    guard crc == frame.crc else { return .invalid }
    content = start + EntryFrame.byteCount..<end
    offset = windowStart + end
    return .entry(synced: frame.synced)
  }

  func withContent<Result, Failure>(
    _ body: (EntryContent) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try window.withUnsafeBufferPointer { (bytes) throws(Failure) in
      try body(EntryContent(Bytes(rebasing: bytes[content])))
    }
  }

  /// The most that a valid entry somewhere after an offset says to be on the disk, 0 if none does,
  /// and where the last one ends.
  ///
  /// - Complexity: O(bytes), since each entry is read once for each mark at which it could begin.
  mutating func lastEntries(after start: Int) throws(StorageError) -> (synced: Int, end: Int) {
    var (most, end) = (0, start)
    offset = start
    while try skipToMark() {
      if case .entry(let synced) = try next() {
        most = max(most, synced)
        end = offset
      } else {
        offset += 1
      }
    }
    return (most, end)
  }

  /// How many bytes there are from an offset on, without the zeros at the end.
  mutating func bytesBeforeZeros(from start: Int) throws(StorageError) -> Int {
    var last = start
    offset = start
    while offset < size, try load(1) {
      let bytes = window[(offset - windowStart)...]
      if let index = bytes.lastIndex(where: { $0 != 0 }) { last = windowStart + index + 1 }
      offset = windowStart + window.count
    }
    return last - start
  }

  /// Goes on to the next byte at which an entry could begin; false if there is none.
  private mutating func skipToMark() throws(StorageError) -> Bool {
    while offset < size {
      guard try load(1) else { return false }
      if let index = window[(offset - windowStart)...].firstIndex(of: EntryFrame.mark) {
        offset = windowStart + index
        return true
      }
      offset = windowStart + window.count
    }
    return false
  }

  /// Has bytes from the offset on in the window; false if the file ends before.
  private mutating func load(_ count: Int) throws(StorageError) -> Bool {
    guard offset + count <= size else { return false }
    guard offset < windowStart || offset + count > windowStart + window.count else { return true }
    let wanted = min(max(count, Self.chunkBytes), size - offset)
    let file = file
    let offset = offset
    var failure: StorageError?
    window = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      do throws(StorageError) {
        filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { failure = error }
    }
    windowStart = offset
    if let failure { throw failure }
    return window.count >= count
  }
}
