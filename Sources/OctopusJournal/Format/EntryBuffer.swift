import OctopusEngine
import OctopusRecords

/// Entries on their way to the file. An entry has the changes of one step of the engine, so that
/// all of them are read back or none.
///
/// ```
/// @0000003f 0000000001c2 5d1e88a0
/// set 42 42 - lamp { on: true }
/// del 43 door
/// ```
///
/// An entry begins with a line of its length, the part of the file that was on the disk when the
/// entry was written, and its checksum. `docs/journal.md` specifies the format.
package struct EntryBuffer: ~Copyable, Sendable {
  private var memory = EntryMemory()
  /// Where entries begin.
  private var starts: [Int] = []
  /// The revision of the latest change.
  package private(set) var lastRevision: Revision = 0

  package init() {}

  package var isEmpty: Bool { memory.count == 0 }

  package var byteCount: Int { memory.count }

  /// Lends the entries. They are sealed.
  func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(memory.bytes))
  }

  /// Begins the next entry.
  package mutating func begin() {
    starts.append(memory.count)
    memory.append(most: EntryFrame.byteCount) { $0.skip(EntryFrame.byteCount) }
  }

  /// Appends an entry that was read from another file.
  mutating func append(_ content: EntryContent) {
    begin()
    memory.append(most: content.payload.count) { $0.append(content.payload) }
  }

  /// A record has been set, or is stated again for a base.
  package mutating func set(_ stored: borrowing Change.Stored) {
    let owner = stored.owner
    lastRevision = max(lastRevision, stored.revision)
    let (revision, created) = (stored.revision, stored.created)
    stored.record.withContents { contents in
      appendLine("set ", most: 3 * LineWriter.mostDigits + 3 + contents.text.count) { line in
        line.append(revision)
        line.append(UInt8(ascii: " "))
        line.append(created)
        line.append(UInt8(ascii: " "))
        if let owner { line.append(owner) } else { line.append(UInt8(ascii: "-")) }
        line.append(UInt8(ascii: " "))
        line.append(contents.text)
      }
    }
  }

  package mutating func delete(_ record: Record, at revision: Revision) {
    lastRevision = max(lastRevision, revision)
    append("del ", revision, name: record.withContents { [UInt8](name: $0.name) })
  }

  /// A counter of sequential names gives this number next.
  package mutating func counter(_ name: [UInt8], next: Int64) {
    append("next ", next, name: name.withUnsafeBufferPointer { [UInt8](name: $0) })
  }

  /// The entry states a part of the state again.
  mutating func base() { appendLine("base", most: 0) { _ in } }

  /// The base is complete.
  mutating func end(records: Int, firstNumber: Int64) {
    append("end ", Int64(records), name: Array("\(firstNumber)".utf8))
  }

  /// There is nothing to say but what is on the disk.
  mutating func synced() { appendLine("synced", most: 0) { _ in } }

  private mutating func append(_ word: StaticString, _ number: Int64, name: [UInt8]) {
    appendLine(word, most: LineWriter.mostDigits + 1 + name.count) { line in
      line.append(number)
      line.append(UInt8(ascii: " "))
      name.withUnsafeBufferPointer { line.append($0) }
    }
  }

  /// Appends a line of a word and of at most `count` bytes, which `fill` writes.
  @inline(__always)
  private mutating func appendLine(
    _ word: StaticString, most count: Int, _ fill: (inout LineWriter) -> Void
  ) {
    memory.append(most: word.utf8CodeUnitCount + count + 1) { line in
      line.append(Bytes(start: word.utf8Start, count: word.utf8CodeUnitCount))
      fill(&line)
      line.append(UInt8(ascii: "\n"))
    }
  }

  /// Completes all entries: they can be written after this.
  ///
  /// - Parameters:
  ///   - seed: of the file.
  ///   - synced: the bytes of the file that are on the disk.
  mutating func seal(seed: UInt32, synced: Int) {
    for index in starts.indices {
      let end = index + 1 < starts.count ? starts[index + 1] : memory.count
      EntryFrame.seal(memory.bytes, starts[index]..<end, seed: seed, synced: synced)
    }
    starts.removeAll(keepingCapacity: true)
  }

  package mutating func removeAll() {
    // After an unusually large step the memory goes back.
    if memory.capacity <= Self.keptBytes { memory.removeAll() } else { memory = EntryMemory() }
    starts.removeAll(keepingCapacity: starts.capacity <= Self.keptBytes / 64)
  }

  private static let keptBytes = 1 << 20
}

/// The line at the start of an entry: `@`, and then as hexadecimal numbers the length of what
/// follows the line, the bytes of the file that were on the disk, and the checksum.
enum EntryFrame {
  static let mark = UInt8(ascii: "@")
  static let byteCount = 32
  /// The part that the checksum includes.
  private static let checkedBytes = 22

  static func seal(
    _ bytes: UnsafeMutableRawBufferPointer, _ entry: Range<Int>, seed: UInt32, synced: Int
  ) {
    let frame = UnsafeMutableRawBufferPointer(rebasing: bytes[entry])
    frame[0] = mark
    put(UInt64(entry.count - byteCount), at: 1, frame)
    frame[9] = UInt8(ascii: " ")
    // Twelve digits: the upper eight, and then the lower eight over half of these.
    put(UInt64(synced) >> 16, at: 10, frame)
    put(UInt64(synced), at: 14, frame)
    frame[22] = UInt8(ascii: " ")
    frame[31] = UInt8(ascii: "\n")
    put(UInt64(checksum(UnsafeRawBufferPointer(frame), seed)), at: 23, frame)
  }

  /// Eight digits.
  private static func put(_ number: UInt64, at start: Int, _ frame: UnsafeMutableRawBufferPointer) {
    frame.storeBytes(
      of: hexadecimalDigits(number).littleEndian, toByteOffset: start, as: UInt64.self)
  }

  /// Reads the line; nil if it is none.
  static func read(_ bytes: UnsafeRawBufferPointer) -> (length: Int, synced: Int, crc: UInt32)? {
    guard bytes.count >= byteCount, bytes[0] == mark, bytes[9] == UInt8(ascii: " "),
      bytes[22] == UInt8(ascii: " "), bytes[31] == UInt8(ascii: "\n"),
      let length = number(bytes, 1..<9), let synced = number(bytes, 10..<22),
      let crc = number(bytes, 23..<31)
    else { return nil }
    return (length, synced, UInt32(crc))
  }

  /// - Parameter entry: the line and what follows it.
  static func checksum(_ entry: UnsafeRawBufferPointer, _ seed: UInt32) -> UInt32 {
    let head = Checksum.of(UnsafeRawBufferPointer(rebasing: entry[..<checkedBytes]), after: seed)
    return Checksum.of(UnsafeRawBufferPointer(rebasing: entry[byteCount...]), after: head)
  }

  private static func number(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
    var number = 0
    for byte in bytes[range] {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      number = number << 4 | Int(digit)
    }
    return number
  }
}

extension [UInt8] {
  /// The text of a name.
  fileprivate init(name: Bytes) {
    self = []
    append(name: name)
  }
}
