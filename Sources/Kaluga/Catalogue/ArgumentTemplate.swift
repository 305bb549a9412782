// Arguments of drivers with placeholders for attributes of the device: `--bus={busnum}`.
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
  /// Why the template cannot be filled for a device.
  package struct Unusable: Error { package let message: String }

  package let text: String
  private var pieces: [Piece] = []

  package init(_ text: String) throws(Malformed) {
    self.text = text
    let (open, close) = (UInt8(ascii: "{"), UInt8(ascii: "}"))
    // Braces are ASCII, so bytes can be split at them.
    var plain: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == open || byte == close, rest.first == byte {
        plain.append(byte)
        rest.removeFirst()
      } else if byte == close {
        throw Malformed(message: "'\(text)' has a '}' without its '{'; '}}' is a brace")
      } else if byte == open {
        guard let end = rest.firstIndex(of: close), end > rest.startIndex else {
          throw Malformed(message: "'\(text)' has a '{' without an attribute; '{{' is a brace")
        }
        let name = Array(rest[..<end])
        guard let attribute = try? name.withUnsafeBufferPointer({ try attributeName($0) }) else {
          throw Malformed(
            message: "'{\(String(decoding: name, as: UTF8.self))}' cannot be an attribute")
        }
        add(plain)
        pieces.append(.attribute(String(decoding: attribute, as: UTF8.self)))
        plain = []
        rest = rest[(end + 1)...]
      } else {
        plain.append(byte)
      }
    }
    add(plain)
  }

  private mutating func add(_ plain: [UInt8]) {
    if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
  }

  /// The attributes that it needs.
  package var attributes: [String] {
    pieces.compactMap { if case .attribute(let name) = $0 { name } else { nil } }
  }

  /// The argument for a device.
  ///
  /// - Parameter mayBeOption: whether the argument may begin with a `-` that comes from the device.
  package func filled(
    from record: Record?, mayBeOption: Bool = false
  ) throws(Unusable) -> String {
    var result = ""
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .attribute("name"):
        guard let record else { throw Self.missing("name") }
        result += record.name
      case .attribute(let attribute):
        guard let value = record?[attribute] else { throw Self.missing(attribute) }
        result += value.text ?? value.description
      }
    }
    if !mayBeOption, case .attribute(let attribute)? = pieces.first,
      result.utf8.first == UInt8(ascii: "-")
    {
      throw Unusable(
        message: "the device's '\(attribute)' begins with '-' and would be taken for an option")
    }
    return result
  }

  private static func missing(_ attribute: String) -> Unusable {
    Unusable(message: "the device has no attribute '\(attribute)'")
  }
}

extension Launch {
  /// The program's arguments for a device. After a `--` none is taken for an option.
  func arguments(for record: Record?) throws(ArgumentTemplate.Unusable) -> [String] {
    var arguments: [String] = []
    var isAfterDashes = false
    for template in exec {
      arguments.append(try template.filled(from: record, mayBeOption: isAfterDashes))
      if template.text == "--" { isAfterDashes = true }
    }
    return arguments
  }
}
