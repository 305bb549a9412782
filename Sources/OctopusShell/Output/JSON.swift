// Records as JSON, for scripts: integers exact, strings and symbols both as strings.

import Octopus
import OctopusSystem

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
    // Decimal integers, `true` and `false`, and floats in Swift's shortest form are JSON as they
    // are.
    case .integer, .float, .boolean: description
    }
  }
}
