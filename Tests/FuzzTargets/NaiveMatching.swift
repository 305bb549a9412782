import OctopusRecords

/// Whether a record matches, by the letter of the language's description.
func naivelyMatches(_ query: Query, _ record: Record) -> Bool {
  let clause = query.clause
  switch clause.name {
  case .any: break
  case .exact(let name): if clause.copy(name) != Array(record.name.utf8) { return false }
  case .pattern(let index): if !clause.patterns[index].isFound(in: record.name) { return false }
  }
  return clause.terms.allSatisfy { term in
    record.attributes.contains { name, value in
      Array(name.utf8) == clause.copy(term.attribute) && holds(term, of: clause, value)
    }
  }
}

private func holds(_ term: Clause.Term, of clause: Clause, _ value: Value) -> Bool {
  let order: Int?
  switch (value, term.operand) {
  case (_, .present): return true
  case (.string(let text), .pattern(let index)), (.symbol(let text), .pattern(let index)):
    return clause.patterns[index].isFound(in: text)
  case (.integer(let a), .integer(let b)): order = compare(a, b)
  case (.integer(let a), .float(let b)): order = compare(a, b)
  case (.float(let a), .integer(let b)): order = -compare(b, a)
  case (.float(let a), .float(let b)): order = compare(a, b)
  case (.string(let text), .string(let slice)), (.string(let text), .symbol(let slice)),
    (.symbol(let text), .string(let slice)), (.symbol(let text), .symbol(let slice)):
    order = compare(Array(text.utf8), clause.copy(slice))
  case (.boolean(let a), .boolean(let b)):
    return switch term.relation {
    case .colon, .equal: a == b
    case .notEqual: a != b
    default: false
    }
  default: order = nil
  }
  guard let order else { return false }
  return switch term.relation {
  case .colon, .equal: order == 0
  case .notEqual: order != 0
  case .less: order < 0
  case .lessOrEqual: order <= 0
  case .greater: order > 0
  case .greaterOrEqual: order >= 0
  }
}

private func compare<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }

private func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
  a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
}

private func compare(_ integer: Int64, _ float: Double) -> Int {
  // Wide enough for every float near an integer of 64 bits.
  guard abs(float) < 0x1p100 else { return float > 0 ? -1 : 1 }
  if Int128(integer) < Int128(float.rounded(.up)) { return -1 }
  return Int128(integer) > Int128(float.rounded(.down)) ? 1 : 0
}

extension Pattern {
  fileprivate func isFound(in text: String) -> Bool {
    Array(text.utf8).withUnsafeBufferPointer(matches)
  }
}
