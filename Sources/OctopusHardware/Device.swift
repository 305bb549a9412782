// What is told of a device: what is the same on all buses, and the attributes as they are gathered.
import OctopusRecords

/// A device as it was seen.
package struct Device: Hashable, Sendable {
  /// Its directory in sysfs. Together with `inode` it tells it from all other devices, also from one
  /// that comes later to the same place.
  package var syspath: String
  /// The directory's inode; nil if the device went before it could be looked at.
  package var inode: UInt64?
  /// Its record's name but for the number: `hw.usb.device.`
  package var family: String
  package var attributes: [String: Value]

  package init(
    syspath: String, inode: UInt64?, family: String, attributes: [String: Value] = [:]
  ) {
    self.syspath = syspath
    self.inode = inode
    self.family = family
    self.attributes = attributes
  }

  /// It as a record. `parent` is the name of the nearest record above it.
  package func record(named name: String, parent: String?) throws(SyntaxError) -> Record {
    var all = attributes
    all["syspath"] = .string(syspath)
    all["devinode"] = inode.map { .integer(Int64(bitPattern: $0)) }
    all["parent"] = parent.map { .string($0) }
    return try Record(name: name, pairs: all.map { ($0.key, $0.value) })
  }
}

/// Attributes while they are gathered: what is not known is left out.
struct Attributes {
  private(set) var values: [String: Value] = [:]

  subscript(_ name: String) -> String? {
    get { values[name]?.text }
    set {
      let text = newValue.map { $0.trimmingBlanks() } ?? ""
      if !text.isEmpty { values[name] = .string(text) }
    }
  }

  mutating func set(_ name: String, _ number: (some BinaryInteger)?) {
    if let number = number.flatMap({ Int64(exactly: $0) }) { values[name] = .integer(number) }
  }

  mutating func set(_ name: String, _ flag: Bool?) {
    if let flag { values[name] = .boolean(flag) }
  }

  /// A number that may have a fraction: `480`, `1.5`.
  mutating func set(_ name: String, decimal text: String?) {
    guard let text else { return }
    if let number = Int64(text) {
      values[name] = .integer(number)
    } else if let number = Double(text), number.isFinite {
      values[name] = .float(number)
    }
  }

  /// What the kernel says in events, its names in lower case.
  mutating func add(keys: [String: String]) {
    for (key, value) in keys where !Self.isUdevs(key) && Self.isIdentifier(key) {
      let name = key.lowercased()
      if Self.numbers.contains(key), let number = Int64(value) {
        set(name, number)
      } else {
        // The input subsystem puts names into quotes.
        self[name] =
          value.count >= 2 && value.first == "\"" && value.last == "\""
          ? String(value.dropFirst().dropLast()) : value
      }
    }
  }

  private static let numbers: Set = [
    "MAJOR", "MINOR", "IFINDEX", "BUSNUM", "DEVNUM", "DISKSEQ", "PARTN", "NPARTS",
  ]

  /// Whether a key is not about the device but about the event, or added by udevd, or told better by
  /// another attribute.
  private static func isUdevs(_ key: String) -> Bool {
    key.hasPrefix("ID_") || others.contains(key)
  }

  private static let others: Set = [
    "ACTION", "DEVPATH", "DEVPATH_OLD", "SEQNUM", "SYNTH_UUID", "SUBSYSTEM", "DEVNAME",
    "DEVLINKS", "TAGS", "CURRENT_TAGS", "USEC_INITIALIZED",
  ]

  private static func isIdentifier(_ key: String) -> Bool {
    key.utf8.first.map { Self.isLetter($0) } == true
      && key.utf8.allSatisfy {
        isLetter($0) || $0 == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0
      }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= byte | 0x20
  }
}

extension String {
  fileprivate func trimmingBlanks() -> String {
    let start = drop { $0.isWhitespace }
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...end])
  }
}

extension StringProtocol {
  /// The number that it says, in base 16 with or without `0x`.
  func hexadecimal<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number? {
    Number(hasPrefix("0x") ? dropFirst(2) : self[...], radix: 16)
  }

  /// The parts between these, as numbers; nil unless there are so many.
  func numbers(_ count: Int, between separator: Character, radix: Int) -> [Int64]? {
    let numbers = split(separator: separator, omittingEmptySubsequences: false)
      .compactMap { Int64($0, radix: radix) }
    return numbers.count == count ? numbers : nil
  }
}
