import RESP

// How a reply is written in a scenario: on one line, strings quoted as redis-cli quotes them.

extension RESPValue {
  /// A reply: `OK`, `5`, `null`, `-MISMATCH …`, `"lock {}"`, `["a", 1]`, `{"index": "name"}`.
  package var notation: String {
    switch self {
    case .simpleString(let bytes): String(decoding: bytes, as: UTF8.self)
    case .error(let bytes), .blobError(let bytes): "-" + String(decoding: bytes, as: UTF8.self)
    case .integer(let integer): "\(integer)"
    case .bulk(let bytes), .verbatim(let bytes, _): quoted(bytes)
    case .null: "null"
    case .array(let elements), .set(let elements): list(elements)
    case .push(let elements): elements.map(\.pushNotation).joined(separator: " ")
    case .map(let entries):
      "{" + entries.map { "\($0.key.notation): \($0.value.notation)" }.joined(separator: ", ") + "}"
    case .double(let double): "\(double)"
    case .boolean(let boolean): "\(boolean)"
    case .bigNumber(let digits): String(decoding: digits, as: UTF8.self)
    }
  }

  /// An element of a push: a word needs no quotes.
  private var pushNotation: String {
    guard case .bulk = self, let text, text != "null",
      text.wholeMatch(of: /[A-Za-z]+( [A-Za-z]+)*/) != nil
    else { return notation }
    return text
  }

  private func list(_ elements: [RESPValue]) -> String {
    "[" + elements.map(\.notation).joined(separator: ", ") + "]"
  }

  private func quoted(_ bytes: [UInt8]) -> String {
    var text = "\""
    for character in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      switch character {
      case "\"", "\\": text += "\\\(character)"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case ..<" ": text += "\\x" + String(character.value, radix: 16)
      default: text.unicodeScalars.append(character)
      }
    }
    // As commands are written: a long run of one letter would hide the rest.
    text.replace(/([a-z])\1{99,}/) { "<\($0.0.count)*\($0.1)>" }
    return text + "\""
  }
}
