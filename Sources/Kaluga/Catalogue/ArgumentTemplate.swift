// An argument of a driver, with places for its device's attributes: `--bus={busnum}`.
import OctopusRecords

/// A text in which `{attribute}` stands for an attribute of the device's record, `{name}` for that
/// record's name, and `{{` and `}}` for the braces. An attribute whose name is not an identifier is
/// in quotes, as in records.
package struct ArgumentTemplate: Hashable, Sendable {
  private enum Piece: Hashable, Sendable {
    case text(String)
    case attribute(String)
  }

  package struct Malformed: Error { package let message: String }
  /// The attribute that a device lacks.
  package struct Missing: Error { package let attribute: String }

  package let text: String
  private var pieces: [Piece] = []

  package init(_ text: String) throws(Malformed) {
    self.text = text
    var plain = ""
    var rest = text[...]
    while let letter = rest.popFirst() {
      if letter == "{" || letter == "}", rest.first == letter {
        plain.append(letter)
        rest.removeFirst()
      } else if letter == "}" {
        throw Malformed(message: "'\(text)' has a '}' without its '{'; '}}' is a brace")
      } else if letter == "{" {
        guard let end = rest.firstIndex(of: "}"), end > rest.startIndex else {
          throw Malformed(message: "'\(text)' has a '{' without an attribute; '{{' is a brace")
        }
        let name = Array(rest[..<end].utf8)
        guard let attribute = try? name.withUnsafeBufferPointer({ try attributeName($0) }) else {
          throw Malformed(message: "'{\(rest[..<end])}' cannot be an attribute")
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        pieces.append(.attribute(String(decoding: attribute, as: UTF8.self)))
        plain = ""
        rest = rest[rest.index(after: end)...]
      } else {
        plain.append(letter)
      }
    }
    if !plain.isEmpty { pieces.append(.text(plain)) }
  }

  /// The attributes that it needs.
  package var attributes: [String] {
    pieces.compactMap { if case .attribute(let name) = $0 { name } else { nil } }
  }

  /// The argument for a device.
  package func filled(from record: Record?) throws(Missing) -> String {
    var result = ""
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .attribute("name"):
        guard let record else { throw Missing(attribute: "name") }
        result += record.name
      case .attribute(let attribute):
        guard let value = record?[attribute] else { throw Missing(attribute: attribute) }
        result += value.text ?? value.description
      }
    }
    return result
  }
}
