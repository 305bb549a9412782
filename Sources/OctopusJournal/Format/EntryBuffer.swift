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
package struct EntryBuffer: Sendable {
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
    _ = extend(by: EntryFrame.byteCount)
  }

  /// Appends an entry that was read from another file.
  mutating func append(_ content: EntryContent) {
    begin()
    extend(by: content.payload.count).copyBytes(from: content.payload)
  }

  /// A record has been set, or is stated again for a base.
  package mutating func set(_ stored: borrowing Change.Stored) {
    let owner = stored.owner
    let digits = decimalDigits(stored.revision) + decimalDigits(stored.created)
    let ownerCount = owner.map { decimalDigits($0) } ?? 1
    lastRevision = max(lastRevision, stored.revision)
    let (revision, created) = (stored.revision, stored.created)
    stored.record.withContents { contents in
      appendLine("set ", digits + ownerCount + 3 + contents.text.count) { line in
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
  mutating func base() { appendLine("base", 0) { _ in } }

  /// The base is complete.
  mutating func end(records: Int, firstNumber: Int64) {
    append("end ", Int64(records), name: Array("\(firstNumber)".utf8))
  }

  /// There is nothing to say but what is on the disk.
  mutating func synced() { appendLine("synced", 0) { _ in } }

  private mutating func append(_ word: StaticString, _ number: Int64, name: [UInt8]) {
    appendLine(word, decimalDigits(number) + 1 + name.count) { line in
      line.append(number)
      line.append(UInt8(ascii: " "))
      name.withUnsafeBufferPointer { line.append($0) }
    }
  }

  /// Appends a line of a word and as many bytes as `fill` writes.
  private mutating func appendLine(
    _ word: StaticString, _ count: Int, _ fill: (inout LineWriter) -> Void
  ) {
    var line = LineWriter(extend(by: word.utf8CodeUnitCount + count + 1))
    line.append(Bytes(start: word.utf8Start, count: word.utf8CodeUnitCount))
    fill(&line)
    line.append(UInt8(ascii: "\n"))
    precondition(line.isFull, "the line was measured")
  }

  private mutating func extend(by count: Int) -> UnsafeMutableRawBufferPointer {
    if !isKnownUniquelyReferenced(&memory) { memory = memory.copy() }
    return memory.extend(by: count)
  }

  /// Completes all entries: they can be written after this.
  ///
  /// - Parameters:
  ///   - seed: of the file.
  ///   - synced: the bytes of the file that are on the disk.
  mutating func seal(seed: UInt32, synced: Int) {
    if !isKnownUniquelyReferenced(&memory) { memory = memory.copy() }
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] : memory.count
      EntryFrame.seal(memory.bytes, start..<end, seed: seed, synced: synced)
    }
    starts.removeAll(keepingCapacity: true)
  }

  package mutating func removeAll() {
    // After an unusually large step the memory goes back.
    if isKnownUniquelyReferenced(&memory), memory.capacity <= Self.keptBytes {
      memory.removeAll()
    } else {
      memory = EntryMemory()
    }
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
    let start = entry.lowerBound
    bytes[start] = mark
    put(entry.count - byteCount, digits: 8, at: start + 1, bytes)
    bytes[start + 9] = UInt8(ascii: " ")
    put(synced, digits: 12, at: start + 10, bytes)
    bytes[start + 22] = UInt8(ascii: " ")
    bytes[start + 31] = UInt8(ascii: "\n")
    let crc = checksum(UnsafeRawBufferPointer(rebasing: bytes[entry]), seed)
    put(Int(crc), digits: 8, at: start + 23, bytes)
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

  private static func put(
    _ number: Int, digits: Int, at start: Int, _ bytes: UnsafeMutableRawBufferPointer
  ) {
    var rest = number
    for position in (start..<start + digits).reversed() {
      let digit = UInt8(rest & 15)
      bytes[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
      rest >>= 4
    }
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

/// Bytes that grow at their end. An array would clear memory before it can be written.
// Safe to share: an `EntryBuffer` changes it only while it is the only one that refers to it.
private final class EntryMemory: @unchecked Sendable {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var count = 0

  deinit { memory.deallocate() }

  var capacity: Int { memory.count }

  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }

  func removeAll() { count = 0 }

  func copy() -> EntryMemory {
    let copy = EntryMemory()
    copy.extend(by: count).copyMemory(from: UnsafeRawBufferPointer(bytes))
    return copy
  }

  /// The new bytes at the end, for the caller to write.
  @inline(__always)
  func extend(by more: Int) -> UnsafeMutableRawBufferPointer {
    if count + more > memory.count { grow(to: count + more) }
    defer { count += more }
    return UnsafeMutableRawBufferPointer(rebasing: memory[count..<(count + more)])
  }

  private func grow(to size: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(size, memory.count * 2, 1 << 10), alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(bytes))
    memory.deallocate()
    memory = larger
  }
}

/// Writes a line into memory of its size.
private struct LineWriter {
  private var rest: UnsafeMutableRawBufferPointer

  init(_ line: UnsafeMutableRawBufferPointer) { rest = line }

  var isFull: Bool { rest.isEmpty }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    rest[0] = byte
    skip(1)
  }

  @inline(__always)
  mutating func append(_ bytes: Bytes) {
    rest.copyBytes(from: bytes)
    skip(bytes.count)
  }

  /// A number that is not below 0.
  mutating func append(_ number: Int64) {
    let count = decimalDigits(number)
    var left = number.magnitude
    for position in (0..<count).reversed() {
      let (quotient, digit) = left.quotientAndRemainder(dividingBy: 10)
      rest[position] = UInt8(truncatingIfNeeded: digit) + UInt8(ascii: "0")
      left = quotient
    }
    skip(count)
  }

  @inline(__always)
  private mutating func skip(_ count: Int) {
    rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
  }
}

extension [UInt8] {
  /// The text of a name.
  fileprivate init(name: Bytes) {
    self = []
    append(name: name)
  }
}

/// How many decimal digits a number has that is not below 0.
private func decimalDigits(_ number: Int64) -> Int {
  var (count, bound) = (1, Int64(10))
  while count < 19, number >= bound {
    count += 1
    bound = bound &* 10
  }
  return count
}
