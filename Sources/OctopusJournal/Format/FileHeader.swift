import OctopusRecords

/// The first line of a journal's file.
///
/// ```
/// octopus-journal format=1 store=4f1c… first=1000001 previous=41 before=synced crc=9a0b1c2d
/// ```
package struct FileHeader: Sendable, Equatable {
  /// The version of the format that this program writes, and the only one that it reads.
  package static let format = 1
  /// No header is longer.
  static let mostBytes = 256
  private static let word = "octopus-journal"
  /// ` crc=` and eight digits.
  private static let checksumBytes = 13

  package var store: StoreID
  /// The revision of the first change of this file.
  package var first: Revision
  /// The revision of the last change before it.
  package var previous: Revision
  /// Whether all files before it were on the disk when it was made.
  package var followsSynced: Bool

  package typealias Revision = Int64

  package init(store: StoreID, first: Revision, previous: Revision, followsSynced: Bool) {
    self.store = store
    self.first = first
    self.previous = previous
    self.followsSynced = followsSynced
  }

  /// The line, with its end.
  package var line: [UInt8] {
    let text =
      "\(Self.word) format=\(Self.format) store=\(store) first=\(first) previous=\(previous) "
      + "before=\(followsSynced ? "synced" : "unsynced")"
    return Array("\(text) crc=\(hexadecimal(Checksum.of(text)))\n".utf8)
  }

  /// Why a line is no header.
  enum Refusal: Error, Equatable {
    case newer(format: String)
    case invalid
  }

  /// Reads the header at the start of a file. Returns it and the bytes it takes.
  static func read(_ bytes: some Collection<UInt8>) throws(Refusal) -> (header: Self, count: Int) {
    guard let end = bytes.prefix(mostBytes).firstIndex(of: UInt8(ascii: "\n")) else {
      throw .invalid
    }
    let line = String(decoding: bytes[..<end], as: UTF8.self)
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 2, words[0] == word else { throw .invalid }
    let values = words.dropFirst().map { $0.split(separator: "=", maxSplits: 1).last ?? "" }
    // A line that is damaged is not taken for one of a newer format.
    let (text, crc) = (line.dropLast(checksumBytes), line.suffix(checksumBytes))
    guard crc.hasPrefix(" crc="),
      UInt32(digits: crc.dropFirst(5), radix: 16) == Checksum.of(String(text))
    else { throw .invalid }
    guard values[0] == "\(format)" else { throw .newer(format: String(values[0])) }
    guard values.count == 6, let store = StoreID(values[1]),
      let first = Revision(digits: values[2]),
      let previous = Revision(digits: values[3])
    else { throw .invalid }
    guard previous < first, first < 1 << 59 else { throw .invalid }
    let header = Self(
      store: store, first: first, previous: previous, followsSynced: values[4] == "synced")
    guard header.line.elementsEqual(bytes[...end]) else { throw .invalid }
    return (header, header.line.count)
  }

  /// The checksums of a file's entries begin with this, so that an entry of another file is never
  /// taken for one of this file.
  var seed: UInt32 { Self.seed(store, first) }

  static func seed(_ store: StoreID, _ first: Revision) -> UInt32 {
    Checksum.of("\(store) \(first)")
  }
}

/// Names a store for as long as its data has one history: an empty store, and one that was restored
/// from a backup, has another.
package struct StoreID: Sendable, Hashable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  /// A random one.
  package init() {
    var generator = SystemRandomNumberGenerator()
    (high, low) = (generator.next(), generator.next())
  }

  /// Reads 32 hexadecimal digits.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count == 32, let high = UInt64(digits: text.prefix(16), radix: 16),
      let low = UInt64(digits: text.suffix(16), radix: 16)
    else { return nil }
    (self.high, self.low) = (high, low)
  }

  package var description: String { hexadecimal(high) + hexadecimal(low) }
}

/// All digits of a number, with leading zeros.
func hexadecimal(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
}
