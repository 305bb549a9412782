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
  private(set) var bytes: [UInt8] = []
  /// Where entries begin.
  private var starts: [Int] = []
  /// The revision of the latest change.
  package private(set) var lastRevision: Revision = 0

  package init() {}

  package var isEmpty: Bool { bytes.isEmpty }

  package var byteCount: Int { bytes.count }

  /// Begins the next entry.
  package mutating func begin() {
    starts.append(bytes.count)
    bytes.append(contentsOf: EntryFrame.placeholder)
  }

  /// A record has been set, or is stated again for a base.
  package mutating func set(_ stored: borrowing Change.Stored) {
    append("set ")
    bytes.append(decimal: stored.revision)
    append(" ")
    bytes.append(decimal: stored.created)
    if let owner = stored.owner {
      append(" ")
      bytes.append(decimal: owner)
      append(" ")
    } else {
      append(" - ")
    }
    stored.record.withContents { bytes.append(contentsOf: $0.text) }
    append("\n")
    lastRevision = max(lastRevision, stored.revision)
  }

  package mutating func delete(_ record: Record, at revision: Revision) {
    append("del ")
    bytes.append(decimal: revision)
    append(" ")
    record.withContents { bytes.append(name: $0.name) }
    append("\n")
    lastRevision = max(lastRevision, revision)
  }

  /// A counter of sequential names gives this number next.
  package mutating func counter(_ name: [UInt8], next: Int64) {
    append("next ")
    bytes.append(decimal: next)
    append(" ")
    name.withUnsafeBufferPointer { bytes.append(name: $0) }
    append("\n")
  }

  /// The entry states a part of the state again.
  mutating func base() { append("base\n") }

  /// The base is complete.
  mutating func end(records: Int, firstNumber: Int64) {
    bytes.append(contentsOf: "end \(records) \(firstNumber)\n".utf8)
  }

  /// There is nothing to say but what is on the disk.
  mutating func synced() { append("synced\n") }

  private mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: Bytes(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Completes all entries: they can be written after this.
  ///
  /// - Parameters:
  ///   - seed: of the file.
  ///   - synced: the bytes of the file that are on the disk.
  mutating func seal(seed: UInt32, synced: Int) {
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
      bytes.withUnsafeMutableBytes { EntryFrame.seal($0, start..<end, seed: seed, synced: synced) }
    }
    starts.removeAll(keepingCapacity: true)
  }

  package mutating func removeAll() {
    // After an unusually large step the memory goes back.
    bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytes)
    starts.removeAll(keepingCapacity: starts.capacity <= Self.keptBytes / 64)
  }

  private static let keptBytes = 1 << 20
}

/// The line at the start of an entry: `@`, and then as hexadecimal numbers the length of what
/// follows the line, the bytes of the file that were on the disk, and the checksum.
enum EntryFrame {
  static let mark = UInt8(ascii: "@")
  static let byteCount = 32
  static let placeholder = Array("@00000000 000000000000 00000000\n".utf8)
  /// The part that the checksum includes.
  private static let checkedBytes = 22

  static func seal(
    _ bytes: UnsafeMutableRawBufferPointer, _ entry: Range<Int>, seed: UInt32, synced: Int
  ) {
    put(entry.count - byteCount, digits: 8, at: entry.lowerBound + 1, bytes)
    put(synced, digits: 12, at: entry.lowerBound + 10, bytes)
    let crc = checksum(UnsafeRawBufferPointer(rebasing: bytes[entry]), seed)
    put(Int(crc), digits: 8, at: entry.lowerBound + 23, bytes)
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
