import Octopus
import OctopusRecords

// Records out of the JSON that `--json` prints.

/// An error in a text of JSON, and its position.
struct JSONError: Error {
  let message: String
  /// In bytes from the start of the text.
  let offset: Int

  /// The message, with the line and the byte in it, both from 1.
  func description(in text: [UInt8]) -> String {
    let before = text.prefix(offset)
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    return "\(message), in line \(line) of the JSON at byte \(offset - start + 1)"
  }
}

/// Reads all records of a text: `{"name":"pci","attributes":{"bus":3}}`, one after the other, on
/// one line each or on several.
///
/// A JSON string becomes a string, a number with a fraction or an exponent a float, another an
/// integer. `revision` may stand there, as `get --json --revision` prints it, and is not used.
func records(fromJSON text: [UInt8]) throws(CommandError) -> [Record] {
  var reader = JSONReader(text)
  var records: [Record] = []
  do throws(JSONError) {
    while !reader.isAtEnd { records.append(try reader.readRecord()) }
  } catch {
    throw CommandError(error.description(in: text), .badUsage)
  }
  return records
}

extension JSONReader {
  mutating func readRecord() throws(JSONError) -> Record {
    let start = position
    var name: String?
    var pairs: [(String, Value)]?
    try readObject("a record") { (reader, member, offset) throws(JSONError) in
      switch member {
      case "name" where name == nil:
        name = try reader.readString("the name")
      case "attributes" where pairs == nil:
        pairs = try reader.readAttributes()
      case "revision":
        guard case .integer? = try reader.readScalar() else {
          throw JSONError(message: "'revision' is not an integer", offset: offset)
        }
      default:
        let isKnown = ["name", "attributes"].contains(member)
        let quoted = Value.string(member)
        throw JSONError(
          message: isKnown
            ? "a second \(quoted)" : "a record has 'name' and 'attributes', and no \(quoted)",
          offset: offset)
      }
    }
    guard let name else { throw JSONError(message: "a record without 'name'", offset: start) }
    do throws(SyntaxError) {
      return try Record(name: name, pairs: pairs ?? [])
    } catch {
      throw JSONError(message: error.message, offset: start)
    }
  }

  private mutating func readAttributes() throws(JSONError) -> [(String, Value)] {
    var pairs: [(String, Value)] = []
    try readObject("'attributes'") { (reader, attribute, _) throws(JSONError) in
      let (start, quoted) = (reader.position, Value.string(attribute))
      do throws(JSONError) {
        guard let value = try reader.readScalar() else {
          throw JSONError(message: "null; leave the attribute out", offset: start)
        }
        pairs.append((attribute, value))
      } catch {
        throw JSONError(message: "\(quoted) is \(error.message)", offset: error.offset)
      }
    }
    return pairs
  }
}
