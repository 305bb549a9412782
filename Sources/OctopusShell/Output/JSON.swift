// Records as JSON, for scripts: integers exact, strings and symbols both as strings.

import Octopus

extension Record {
  /// `{"name":"pci","attributes":{"bus":3}}`
  var json: String {
    let members = attributes.map { "\(jsonString($0.name)):\($0.value.json)" }
    return "{\"name\":\(jsonString(name)),\"attributes\":{\(members.joined(separator: ","))}}"
  }
}

extension Value {
  var json: String {
    switch self {
    case .string(let text), .symbol(let text): jsonString(text)
    // Decimal integers, `true` and `false`, and floats in Swift's shortest form are JSON as they are.
    case .integer, .float, .boolean: description
    }
  }
}

func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\" + String(scalar)
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\u{0}"..<"\u{20}", "\u{7f}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// `{"key":value,…}` of members that are JSON already.
func jsonObject(_ members: KeyValuePairs<String, String>) -> String {
  "{" + members.map { "\(jsonString($0.key)):\($0.value)" }.joined(separator: ",") + "}"
}
