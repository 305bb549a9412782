// Collects the attributes of a device. The kernel's texts are bytes up to here, where they become
// values.
import DeviceSchema
import OctopusRecords
import OctopusSystem

/// The attributes that are known so far. Setting nil changes nothing.
struct Attributes {
  private(set) var values: [String: Value] = [:]
  /// Those that are texts, as the kernel has them.
  private var texts: [String: ByteString] = [:]

  /// A text, without the blanks around it. An empty one is ignored.
  subscript(_ attribute: DeviceAttribute) -> ByteString? {
    get { texts[attribute.rawValue] }
    set { set(attribute.rawValue, text: newValue) }
  }

  private mutating func set(_ name: String, text: ByteString?) {
    guard let text = text?.trimmingBlanks(), !text.bytes.isEmpty else { return }
    texts[name] = text
    values[name] = .string(text.escaped)
  }

  private mutating func set(_ name: String, value: Value) {
    texts[name] = nil
    values[name] = value
  }

  mutating func set(_ attribute: DeviceAttribute, _ number: (some BinaryInteger)?) {
    if let number = number.flatMap({ Int64(exactly: $0) }) {
      set(attribute.rawValue, value: .integer(number))
    }
  }

  mutating func set(_ attribute: DeviceAttribute, _ flag: Bool?) {
    if let flag { set(attribute.rawValue, value: .boolean(flag)) }
  }

  /// A number that may have a fraction: `480`, `1.5`.
  mutating func set(_ attribute: DeviceAttribute, decimal text: ByteString?) {
    guard let text else { return }
    if let number = text.bytes.number(Int64.self) {
      set(attribute.rawValue, value: .integer(number))
    } else if let number = Double(text.escaped), number.isFinite {
      set(attribute.rawValue, value: .float(number))
    }
  }

  /// Adds the keys of a kernel event, their names in lower case.
  mutating func add(keys: [ByteString: ByteString]) {
    for (key, value) in keys where Self.isIdentifier(key) {
      // An identifier is ASCII.
      let key = key.text
      if key.utf8.starts(with: "ID_".utf8) || Self.others.contains(key) { continue }
      let name = key.lowercased()
      if Self.numbers.contains(key), let number = value.bytes.number(Int64.self) {
        set(name, value: .integer(number))
      } else {
        set(name, text: value.withoutQuotes())
      }
    }
  }

  private static let numbers: Set = [
    "MAJOR", "MINOR", "IFINDEX", "BUSNUM", "DEVNUM", "DISKSEQ", "PARTN", "NPARTS",
  ]

  /// Keys that are about the event and not the device, that udevd has added (as it does those with
  /// `ID_`), or that another attribute says better.
  private static let others: Set = [
    "ACTION", "DEVPATH", "DEVPATH_OLD", "SEQNUM", "SYNTH_UUID", "SUBSYSTEM", "DEVNAME",
    "DEVLINKS", "TAGS", "CURRENT_TAGS", "USEC_INITIALIZED",
  ]

  private static func isIdentifier(_ key: ByteString) -> Bool {
    key.bytes.first.map { Self.isLetter($0) } == true
      && key.bytes.allSatisfy {
        isLetter($0) || $0 == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0
      }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= byte | 0x20
  }
}

extension ByteString {
  /// Without the ASCII blanks at both ends.
  fileprivate func trimmingBlanks() -> ByteString {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d) ~= byte }
    let start = bytes.drop(while: isBlank)
    guard let end = start.lastIndex(where: { !isBlank($0) }) else { return "" }
    return ByteString(start[...end])
  }

  /// The input subsystem puts names into quotes.
  fileprivate func withoutQuotes() -> ByteString {
    let quote = UInt8(ascii: "\"")
    guard bytes.count >= 2, bytes.first == quote, bytes.last == quote else { return self }
    return ByteString(bytes.dropFirst().dropLast())
  }

  /// Its number in base 16 with or without `0x`.
  func hexadecimal<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number? {
    bytes.dropFirst(bytes.starts(with: "0x".utf8) ? 2 : 0).number(radix: 16)
  }

  /// Its decimal number.
  func decimal<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number? {
    bytes.number()
  }

  /// The parts between separators, as numbers; nil unless there are `count` of them.
  func numbers(_ count: Int, between separator: Unicode.Scalar, radix: Int64) -> [Int64]? {
    let parts = bytes.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
    let numbers = parts.compactMap { $0.number(Int64.self, radix: radix) }
    return parts.count == count && numbers.count == count ? numbers : nil
  }
}
