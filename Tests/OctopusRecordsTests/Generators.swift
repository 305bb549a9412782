// Random records and queries, and random ways to write them down.

import Generators

@testable import OctopusRecords

extension Random {
  mutating func identifier() -> String {
    if once(in: 6) { return pick(["r", "true", "false", "e", "x0", "a.b-c_d", "nan", "None"]) }
    let letters = Array("abAB")
    let others = Array("ab01.-_r")
    let tail = (0..<Int.random(in: 0...4, using: &self)).map { _ in pick(others) }
    return String(pick(letters)) + String(tail)
  }

  /// Any text: empty, odd, in every width of UTF-8.
  mutating func string() -> String {
    let scalars: [Unicode.Scalar] = [
      "a", "b", "0", " ", "'", "\\", "\n", "\r", "\t", "\0", "\u{1}", "\u{1f}", "\u{7f}", "\u{80}",
      "é", "e\u{301}".unicodeScalars.last!, "€", "\u{1f419}", "\u{10ffff}", "{", "}", ",", ":", "_",
      "r", "=", "<",
    ]
    if once(in: 3) { return identifier() }
    var text = ""
    for _ in 0..<Int.random(in: 0...6, using: &self) { text.unicodeScalars.append(pick(scalars)) }
    return text
  }

  mutating func name() -> String {
    let text = once(in: 3) ? string() : identifier()
    return text.isEmpty ? "'" : text
  }

  mutating func integer() -> Int64 {
    let exact: Int64 = 1 << 53
    return switch Int.random(in: 0..<4, using: &self) {
    case 0: Int64.random(in: -3...3, using: &self)
    case 1: pick([Int64.min, .max, .min + 1, .max - 1, exact, exact + 1, -exact - 1])
    case 2: Int64.random(in: .min ... .max, using: &self)
    default: Int64.random(in: .min ... .max, using: &self) >> Int64.random(in: 0...63, using: &self)
    }
  }

  mutating func float() -> Double {
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return Double(Int.random(in: -6...6, using: &self)) / 2
    case 1:
      return pick(
        [
          0x1p53, 0x1p53.nextUp, 0x1p63, -0x1p63, 0x1p64, -0.0, .leastNonzeroMagnitude,
          .leastNormalMagnitude.nextDown, 2.5e-308,
          1e16, 1e22,
          1e23, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0.1, 0.3, 4.35, 123456.789,
        ] as [Double])
    case 2: return Double(integer())
    default:
      let value = Double(bitPattern: next())
      return value.isFinite ? value : 1.5
    }
  }

  mutating func value() -> Value {
    switch Int.random(in: 0..<6, using: &self) {
    case 0, 1: .integer(integer())
    case 2: .float(float())
    case 3: .boolean(Bool.random(using: &self))
    case 4: .symbol(symbol())
    default: .string(string())
    }
  }

  /// A symbol that can be read back as one.
  private mutating func symbol() -> String {
    let text = identifier()
    return notSymbols.contains(text) ? "truth" : text
  }

  mutating func record() -> ModelRecord {
    var record = ModelRecord(name: name())
    for _ in 0..<Int.random(in: 0...7, using: &self) { record.attributes[name()] = value() }
    return record
  }

  /// A query that often matches the record.
  mutating func query(near record: ModelRecord) -> ModelQuery {
    let name: ModelQuery.Name =
      switch Int.random(in: 0..<4, using: &self) {
      case 0: .exact(once(in: 4) ? self.name() : record.name)
      case 1: .pattern(pick(ModelPattern.all))
      default: .any
      }
    let known = record.attributes.keys.sorted()
    let constraints = (0..<Int.random(in: 0...3, using: &self)).map { _ in
      let attribute = known.isEmpty || once(in: 8) ? self.name() : pick(known)
      return (attribute: attribute, constraint: constraint(near: record.attributes[attribute]))
    }
    return ModelQuery(name: name, constraints: constraints)
  }

  private mutating func constraint(near value: Value?) -> ModelQuery.Constraint {
    switch Int.random(in: 0..<8, using: &self) {
    case 0: return .present
    case 1: return .pattern(pick(ModelPattern.all))
    default:
      let operand = value.map { neighbour(of: $0) } ?? self.value()
      return .compare(pick([":", "==", "!=", "<", "<=", ">", ">="]), operand)
    }
  }

  /// The same value, its like of the other kind, or one just beside it.
  private mutating func neighbour(of value: Value) -> Value {
    if once(in: 6) { return self.value() }
    if once(in: 3) { return value }
    switch value {
    case .integer(let integer):
      return pick([.integer(integer &+ 1), .float(Double(integer)), .float(Double(integer).nextUp)])
    case .float(let float):
      let below = Int64(exactly: float.rounded(.down)) ?? .max
      return pick([.float(-float), .integer(below), .integer(below &+ 1)])
    case .boolean(let boolean): return .boolean(!boolean)
    case .string(let text): return pick([.string(text + "a"), .string(String(text.dropLast()))])
    case .symbol(let text): return pick([.string(text), .symbol(text + "a")])
    }
  }

  // MARK: Ways to write

  mutating func blanks() -> String {
    once(in: 2)
      ? "" : String((0..<Int.random(in: 1...3, using: &self)).map { _ in pick(Array(" \t\r\n")) })
  }

  /// A string literal with more escapes than needed.
  mutating func quoted(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
      let mustEscape =
        scalar.value < 0x20 || scalar.value == 0x7f || scalar == "'" || scalar == "\\"
      if mustEscape && !once(in: 3) {
        result += printed(.string(String(scalar))).dropFirst().dropLast()
      } else if mustEscape || once(in: 6) {
        let digits = String(scalar.value, radix: 16, uppercase: once(in: 2))
        let zeros = String(
          repeating: "0", count: Int.random(in: 0...6 - digits.count, using: &self))
        result += "\\u{\(zeros)\(digits)}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }

  /// One of the ways to write a value down.
  mutating func written(_ value: Value) -> String {
    switch value {
    case .integer(let integer) where once(in: 2):
      let sign = integer < 0 ? "-" : ""
      return once(in: 2)
        ? "\(sign)00\(integer.magnitude)"
        : "\(sign)0x\(String(integer.magnitude, radix: 16, uppercase: once(in: 2)))"
    case .string(let text): return quoted(text)
    default: return printed(value)
    }
  }

  /// One of the ways to write a record down: any order, any blanks, any escapes.
  mutating func written(_ record: ModelRecord) -> String {
    let name = isBare(record.name) && !once(in: 4) ? record.name : quoted(record.name)
    var text = blanks() + name + blanks()
    if record.attributes.isEmpty && once(in: 2) { return text }
    let order = record.attributes.sorted { $0.key < $1.key }.shuffled(using: &self)
    let inside = order.map { name, value in
      let key = isBare(name) && !once(in: 4) ? name : quoted(name)
      return "\(blanks())\(key)\(blanks()):\(blanks())\(written(value))\(blanks())"
    }
    text += "{" + blanks() + inside.joined(separator: ",") + "}" + blanks()
    return text
  }
}
