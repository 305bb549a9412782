import OctopusRecords

/// Reads JSON (RFC 8259) as far as records need it: objects of single values. Nothing in it nests,
/// so no text can make it recurse.
///
/// Foundation's reader does not distinguish `12` from `12.0`.
struct JSONReader {
  private let text: [UInt8]
  private(set) var position = 0

  init(_ text: [UInt8]) {
    self.text = text
    skipBlanks()
  }

  var isAtEnd: Bool { position == text.count }

  /// Reads an object; `readMember` is given the name of each member, where it stands, and the
  /// reader in front of the member's value.
  mutating func readObject(
    _ what: String,
    _ readMember: (inout JSONReader, String, Int) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("{", "\(what), an object")
    if take("}") { return }
    repeat {
      let start = position
      let name = try readString("a member's name")
      try expect(":", "':'")
      try readMember(&self, name, start)
    } while take(",")
    try expect("}", "',' or '}'")
  }

  func expectEnd() throws(JSONError) {
    guard isAtEnd else { throw expected("the end of the line") }
  }

  mutating func readString(_ what: String) throws(JSONError) -> String {
    guard peek == UInt8(ascii: "\"") else { throw expected("\(what), a string") }
    let string = try readString()
    skipBlanks()
    return string
  }

  /// A single value; nil for null. Errors say what stands there instead.
  mutating func readScalar() throws(JSONError) -> Value? {
    let start = position
    defer { skipBlanks() }
    switch peek {
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "["): throw error("an array; a value is a number, a boolean or a string")
    case UInt8(ascii: "{"): throw error("an object; a value is a number, a boolean or a string")
    case nil: throw error("missing: the text ends")
    default: break
    }
    let word = text[position...].prefix {
      isDigit($0) || $0 | 0x20 &- 0x61 < 26 || [0x2b, 0x2d, 0x2e].contains($0)  // + - .
    }
    position = word.endIndex
    switch String(decoding: word, as: UTF8.self) {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "null": return nil
    case "NaN", "Infinity", "-Infinity":
      throw JSONError(message: "not a finite number", offset: start)
    default: break
    }
    guard isNumber(word) else { throw JSONError(message: "not a value of JSON", offset: start) }
    do throws(SyntaxError) {
      return try word.withUnsafeBufferPointer { (word) throws(SyntaxError) in
        try Value(number: word)
      }
    } catch {
      throw JSONError(message: error.message, offset: start)
    }
  }

  // MARK: Tokens

  /// `-? (0 | 1…9 digits) (. digits)? (e sign? digits)?`: what records have more of, JSON has not.
  private func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
    var rest = word
    func takeDigits() -> Int {
      let count = rest.prefix(while: isDigit).count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let isZero = rest.first == UInt8(ascii: "0")
    let whole = takeDigits()
    guard whole == 1 || whole > 1 && !isZero else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard takeDigits() > 0 else { return false }
    }
    if let e = rest.first, e | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
        rest = rest.dropFirst()
      }
      guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  private mutating func readString() throws(JSONError) -> String {
    let start = position
    var bytes: [UInt8] = []
    position += 1
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw error("a string with a raw control character") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        bytes += Array(String(try readEscape()).utf8)
      } else {
        bytes.append(byte)
      }
    }
    guard peek != nil else { throw JSONError(message: "a string that does not end", offset: start) }
    position += 1
    guard let string = String(validating: bytes, as: UTF8.self) else {
      throw JSONError(message: "a string that is not UTF-8", offset: start)
    }
    return string
  }

  private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
    let start = position - 1
    defer { position += 1 }
    switch peek {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let scalar = readScalarEscape() else {
        throw JSONError(
          message: "a string with '\\u' without the four digits of a character", offset: start)
      }
      return scalar
    default: throw JSONError(message: "a string with an unknown escape", offset: start)
    }
  }

  /// `uXXXX`, or two of them that are one character together; ends at the last digit.
  private mutating func readScalarEscape() -> Unicode.Scalar? {
    guard let first = readUnit() else { return nil }
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), text.dropFirst(position + 1).starts(with: Array("\\u".utf8))
    else { return nil }
    position += 2
    guard let second = readUnit(), UTF16.isTrailSurrogate(second) else { return nil }
    return Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + UInt32(second) - 0xdc00)
  }

  /// Four digits after the `u`; ends at the last of them.
  private mutating func readUnit() -> UInt16? {
    let digits = text.dropFirst(position + 1).prefix(4)
    guard digits.count == 4, digits.allSatisfy({ $0 != 0x2b && $0 != 0x2d }) else { return nil }
    position += 4
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  // MARK: Characters

  private var peek: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipBlanks() {
    while let byte = peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    skipBlanks()
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: String) throws(JSONError) {
    guard take(character) else { throw expected(what) }
  }

  private func expected(_ what: String) -> JSONError {
    guard let byte = peek else { return error("expected \(what), found the end") }
    let found =
      byte > 0x20 && byte < 0x7f
      ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
    return error("expected \(what), found \(found)")
  }

  private func error(_ message: String) -> JSONError {
    JSONError(message: message, offset: position)
  }
}
