import OctopusRecords

/// Records and queries that meet often: few names, few attributes, values of every kind.
package enum Generated {
  package static func name(names: Int, using random: inout Random) -> String {
    let stem = ["a", "a1b", "a01b", "hw.pci.", "hw.pci.d", "Z", "_odd "].randomElement(
      using: &random)!
    return "\(stem)\(Int.random(in: 0..<names, using: &random))"
  }

  /// Identifiers, a name that stands in quotes, and one with escapes as well.
  package static let attributes = ["a", "b", "c", "members@", "it's\n"]

  package static func record(names: Int, using random: inout Random) -> Record {
    var pairs: [(String, Value)] = []
    for attribute in attributes where Bool.random(using: &random) {
      pairs.append((attribute, value(using: &random)))
    }
    let name = name(names: names, using: &random)
    return try! Record(name: name, pairs: pairs)  // Generated names and values are valid.
  }

  /// The name of an attribute that a record may have, as a text has it; quoted where it need not
  /// be, too.
  package static func attributeText(using random: inout Random) -> String {
    let name = (attributes + ["none"]).randomElement(using: &random)!
    let isBare = Array(name.utf8).withUnsafeBufferPointer(isIdentifier)
    return isBare && Bool.random(using: &random) ? name : Value.string(name).description
  }

  package static func value(using random: inout Random) -> Value {
    switch Int.random(in: 0..<7, using: &random) {
    case 0, 1: .integer(Int64.random(in: -2...4, using: &random))
    case 2: .float([-0.0, 0.5, 1.0, 2.5, 1e300, -3.25].randomElement(using: &random)!)
    case 3: .boolean(Bool.random(using: &random))
    case 4: .symbol(["ready", "high", "low"].randomElement(using: &random)!)
    case 5:
      .string(
        ["ready", "longer than eight", "longer than seven", "", "it's\n"].randomElement(
          using: &random)!)
    default:
      .integer([.max, .min, .max - 1, 1 << 53, 1 << 53 + 1].randomElement(using: &random)!)
    }
  }

  package static func query(names: Int, using random: inout Random) -> Query {
    let name: String
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      let exact = Generated.name(names: names, using: &random)
      name = Value.string(exact).description
    case 1: name = #"r'^hw\.pci\.'"#
    case 2: name = "r'^a1'"
    case 3: name = "r'1'"
    default: name = "_"
    }
    var constraints: [String] = []
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      let attribute = attributeText(using: &random)
      let relation = [":", "==", ":", "!=", "<", "<=", ">", ">="].randomElement(using: &random)!
      switch Int.random(in: 0..<8, using: &random) {
      case 0: constraints.append("\(attribute): _")
      case 1: constraints.append("\(attribute): r'^longer than s'")
      case 2: constraints.append("\(attribute): r'e'")
      default: constraints.append("\(attribute) \(relation) \(value(using: &random))")
      }
    }
    return try! Query(parsing: "\(name) { \(constraints.joined(separator: ", ")) }")  // As above.
  }
}
