// TOML values, copied out of the parser's objects.
import OctopusSystem
import TOMLKit

/// A value of a setting.
enum TOMLValue: Hashable, Sendable {
  case text(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case list([TOMLValue])
  /// By key. Keys of TOML are the same only if their bytes are.
  case table([ByteString: TOMLValue])
  /// A date or a time, which no setting takes.
  case other

  init(_ value: any TOMLValueConvertible) {
    if let text = value.string {
      self = .text(text)
    } else if let integer = value.int {
      self = .integer(integer)
    } else if let number = value.double {
      self = .number(number)
    } else if let boolean = value.bool {
      self = .boolean(boolean)
    } else if let array = value.array {
      self = .list(array.map { TOMLValue($0) })
    } else if let table = value.table {
      self = .table(Self.settings(of: table))
    } else {
      self = .other
    }
  }

  private static func settings(of table: TOMLTable) -> [ByteString: TOMLValue] {
    Dictionary(table.map { (ByteString($0.0), TOMLValue($0.1)) }) { first, _ in first }
  }

  struct ParseError: Error {
    let message: String
    /// From 1.
    let line: Int
  }

  /// The settings of a TOML document.
  static func parse(_ text: String) throws(ParseError) -> [ByteString: TOMLValue] {
    // The parser takes C strings, and would end at the NUL.
    guard !text.utf8.contains(0) else { throw ParseError(message: "a NUL", line: 1) }
    do {
      let table = try TOMLTable(string: text)
      return withExtendedLifetime(table) { settings(of: table) }
    } catch let error as TOMLParseError {
      throw ParseError(message: error.description, line: error.source.begin.line)
    } catch {
      throw ParseError(message: "\(error)", line: 1)
    }
  }

  var kind: String {
    switch self {
    case .text: "a string"
    case .integer: "an integer"
    case .number: "a float"
    case .boolean: "a boolean"
    case .list: "an array"
    case .table: "a table"
    case .other: "a date or time"
    }
  }
}
