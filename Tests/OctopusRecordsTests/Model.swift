// The reference model: records and queries as plain Swift values, matched and printed by the letter
// of the language's description.

@testable import OctopusRecords

struct ModelRecord {
  var name: String
  var attributes: [String: Value] = [:]

  /// The canonical text.
  var text: String {
    let sorted = attributes.sorted {
      Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
    }
    if sorted.isEmpty { return "\(printed(name: name)) {}" }
    let inside = sorted.map { "\(printed(name: $0.key)): \(printed($0.value))" }.joined(
      separator: ", ")
    return "\(printed(name: name)) { \(inside) }"
  }
}

/// A pattern and what it means.
struct ModelPattern {
  var source: String
  var matches: @Sendable (String) -> Bool

  static let all: [ModelPattern] = [
    ModelPattern(source: "^a") { $0.utf8.first == UInt8(ascii: "a") },
    ModelPattern(source: "b$") { $0.utf8.last == UInt8(ascii: "b") },
    ModelPattern(source: "^(a|b)+$") { !$0.isEmpty && $0.allSatisfy { $0 == "a" || $0 == "b" } },
    ModelPattern(source: "[0-9]") { $0.utf8.contains { (0x30...0x39).contains($0) } },
    ModelPattern(source: "\\'") { $0.utf8.contains(UInt8(ascii: "'")) },
    ModelPattern(source: "é") { $0.unicodeScalars.contains("é") },
    ModelPattern(source: "") { _ in true },
    ModelPattern(source: "^$") { $0.isEmpty },
  ]
}

struct ModelQuery {
  enum Name {
    case any
    case exact(String)
    case pattern(ModelPattern)
  }

  enum Constraint {
    case compare(String, Value)
    case pattern(ModelPattern)
    case present
  }

  var name: Name
  var constraints: [(attribute: String, constraint: Constraint)]

  func matches(_ record: ModelRecord) -> Bool {
    switch name {
    case .any: break
    case .exact(let name): if Array(name.utf8) != Array(record.name.utf8) { return false }
    case .pattern(let pattern): if !pattern.matches(record.name) { return false }
    }
    return constraints.allSatisfy { attribute, constraint in
      guard let value = record.attributes[attribute] else { return false }
      switch constraint {
      case .present: return true
      case .pattern(let pattern): return value.text.map(pattern.matches) ?? false
      case .compare(let comparison, let operand): return holds(value, comparison, operand)
      }
    }
  }

  /// The text, written plainly; its constraints stay in their order.
  var text: String {
    let name =
      switch name {
      case .any: "_"
      case .exact(let name): printed(name: name)
      case .pattern(let pattern): "r'\(pattern.source)'"
      }
    let inside = constraints.map { name, constraint in
      let attribute = printed(name: name)
      return switch constraint {
      case .present: "\(attribute): _"
      case .pattern(let pattern): "\(attribute): r'\(pattern.source)'"
      case .compare(let comparison, let operand):
        "\(attribute)\(comparison == ":" ? "" : " ")\(comparison) \(printed(operand))"
      }
    }
    return inside.isEmpty ? "\(name) {}" : "\(name) { \(inside.joined(separator: ", ")) }"
  }
}

// MARK: Comparing

private enum Order { case less, equal, greater, incomparable }

private func holds(_ value: Value, _ comparison: String, _ operand: Value) -> Bool {
  let order = order(value, operand)
  if order == .incomparable { return false }
  if value.boolean != nil, !["==", ":", "!="].contains(comparison) { return false }
  switch comparison {
  case ":", "==": return order == .equal
  case "!=": return order != .equal
  case "<": return order == .less
  case "<=": return order != .greater
  case ">": return order == .greater
  case ">=": return order != .less
  default: fatalError("no comparison: \(comparison)")
  }
}

private func order(_ a: Value, _ b: Value) -> Order {
  func order<T: Comparable>(_ a: T, _ b: T) -> Order { a < b ? .less : a == b ? .equal : .greater }
  switch (a, b) {
  case (.integer(let a), .integer(let b)): return order(a, b)
  case (.float(let a), .float(let b)): return order(a, b)
  case (.integer(let a), .float(let b)): return exactOrder(a, b)
  case (.float(let a), .integer(let b)):
    let reverse = exactOrder(b, a)
    return reverse == .less ? .greater : reverse == .greater ? .less : .equal
  case (.boolean(let a), .boolean(let b)): return a == b ? .equal : .less
  case (.string(let a), .string(let b)), (.string(let a), .symbol(let b)),
    (.symbol(let a), .string(let b)), (.symbol(let a), .symbol(let b)):
    if Array(a.utf8) == Array(b.utf8) { return .equal }
    return a.utf8.lexicographicallyPrecedes(b.utf8) ? .less : .greater
  default: return .incomparable
  }
}

/// Between whole numbers below and above the float, in an integer that is wide enough.
private func exactOrder(_ integer: Int64, _ float: Double) -> Order {
  if float > 0x1p70 { return .less }
  if float < -0x1p70 { return .greater }
  if Int128(integer) < Int128(float.rounded(.up)) { return .less }
  if Int128(integer) > Int128(float.rounded(.down)) { return .greater }
  return .equal
}

// MARK: Printing

func printed(name: String) -> String { isBare(name) ? name : printed(.string(name)) }

func isBare(_ name: String) -> Bool {
  let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  let others = Set("0123456789._-".utf8)
  guard let first = name.utf8.first, letters.contains(first) else { return false }
  return name.utf8.allSatisfy { letters.contains($0) || others.contains($0) }
}

/// Words that are no symbols: booleans, and what is refused.
let notSymbols: Set = [
  "true", "false", "null", "NULL", "nil", "None", "undefined", "nan", "NaN", "NAN", "sNaN",
  "inf", "Inf", "INF", "infinity", "Infinity", "INFINITY", "True", "TRUE", "False", "FALSE",
]

func printed(_ value: Value) -> String {
  switch value {
  case .integer(let value): return String(value)
  case .float(let value): return "\(value)"
  case .boolean(let value): return value ? "true" : "false"
  case .symbol(let text) where isBare(text) && !notSymbols.contains(text): return text
  case .symbol(let text), .string(let text):
    var result = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": result += "\\'"
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0": result += "\\0"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }
}
