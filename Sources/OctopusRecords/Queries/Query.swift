/// A query for records: a name or a pattern of names, and constraints on attributes.
///
/// ```swift
/// let query: Query = "r'^hw\\.pci\\.device\\.' { class: 0x0c, bus >= 1 }"
/// query.matches("hw.pci.device.4 { bus: 2, class: 12 }")   // true
/// ```
///
/// The name is a name, `r'regex'` (RE2, anywhere in the name unless anchored) or `_`. Each
/// constraint is `a: value` or `a == value`, `a != v`, `a < v`, `a <= v`, `a > v`, `a >= v`,
/// `a: r'regex'` or `a: _` (present); all must hold. A constraint on an attribute that a record
/// lacks does not hold. Values of different kinds never compare, but integers and floats do, and
/// strings and symbols.
///
/// A literal may interpolate values; each is quoted, so none can change the query. An invalid
/// literal is refused, with the position of the error, by the call that it is passed to.
public struct Query: Sendable {
  package let clause: Clause

  init(clause: Clause) { self.clause = clause }

  /// An invalid literal, which keeps its text.
  init(invalid text: [UInt8]) {
    self = text.withUnsafeBufferPointer {
      Query(clause: Clause(name: .any, arena: $0, isValid: false))
    }
  }

  /// The text of an invalid literal.
  var invalid: [UInt8]? { clause.isValid ? nil : clause.withArena { Array($0) } }

  /// Reads a query's text.
  ///
  /// - Throws: `SyntaxError` with the byte offset of what is wrong; `pattern` for a regular
  ///   expression that does not compile.
  /// - Complexity: O(n log n) in the constraints, and 4 µs for each regular expression.
  public init(parsing text: String) throws(SyntaxError) {
    self = try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(SyntaxError) in
      try Query(bytes)
    }
  }

  /// Reads a query's text, or its name and its body apart.
  package init(_ text: Bytes, body: Bytes? = nil) throws(SyntaxError) {
    let source = try SourceText(text, body: body, limit: Limits.queryBytes)
    clause = try source.withCopy { (copy) throws(SyntaxError) in
      try Parser.parse(copy, bodyStart: source.bodyStart) { (parser) in Clause(parser) }
    }
  }

  /// The query for one name, plain: neither quoted nor escaped.
  package init(exactName name: Bytes) {
    let slice = Clause.Slice(start: 0, count: UInt32(name.count))
    self.init(clause: Clause(name: .exact(slice), arena: name))
  }

  /// Whether a record matches. Complexity: O(c log a) for c constraints and a attributes, and
  /// linear in the texts that regular expressions look at.
  public func matches(_ record: Record) -> Bool {
    record.withContents { matches($0) }
  }

  package func matches(_ record: RecordContents) -> Bool {
    var cost = 0
    return matches(record, cost: &cost)
  }

  /// Whether a record matches. Adds what that costs, in units of `MatchCost`.
  package func matches(_ record: RecordContents, cost: inout Int) -> Bool {
    guard clause.isValid else { return false }
    return clause.withArena { arena in
      matchesName(record.name, arena, &cost) && constraintsHold(record, arena, &cost)
    }
  }

  private func matchesName(_ name: Bytes, _ arena: Bytes, _ cost: inout Int) -> Bool {
    cost &+= MatchCost.constraint
    return switch clause.name {
    case .any: true
    case .exact(let exact): compareBytes(name, exact.bytes(arena)) == 0
    case .pattern(let index): clause.patterns[index].matches(name, cost: &cost)
    }
  }

  private func constraintsHold(
    _ record: RecordContents, _ arena: Bytes, _ cost: inout Int
  ) -> Bool {
    // Constraints and attributes are both sorted. An attribute may have several constraints.
    var next = 0
    for term in clause.terms {
      cost &+= MatchCost.constraint
      guard let index = record.index(of: term.attribute.bytes(arena), from: next) else {
        return false
      }
      guard record.withValue(index, { holds(term, $0, arena, &cost) }) else { return false }
      next = index
    }
    return true
  }

  /// Whether a constraint holds for a value. Adds what that costs.
  func holds(_ term: Clause.Term, _ value: ValueView, _ arena: Bytes, _ cost: inout Int) -> Bool {
    switch term.operand {
    case .present: return true
    case .pattern(let index):
      guard let text = value.text else { return false }
      return clause.patterns[index].matches(text, cost: &cost)
    default:
      // Every other operand is a value.
      return term.relation.holds(value, term.operand.view(arena)!)
    }
  }
}

extension Clause.Relation {
  /// Whether `left` stands in this relation to `right`; never for values of different classes.
  package func holds(_ left: ValueView, _ right: ValueView) -> Bool {
    let valueClass = left.valueClass
    guard valueClass == right.valueClass else { return false }
    let order = ValueView.compare(left, right)
    switch self {
    case .colon, .equal: return order == 0
    case .notEqual: return order != 0
    case .less: return order < 0 && valueClass != .boolean
    case .lessOrEqual: return order <= 0 && valueClass != .boolean
    case .greater: return order > 0 && valueClass != .boolean
    case .greaterOrEqual: return order >= 0 && valueClass != .boolean
    }
  }
}

extension Query: CustomStringConvertible {
  /// The canonical text: constraints sorted by attribute, equality written `:`.
  public var description: String { String(decoding: text, as: UTF8.self) }

  /// The canonical text, as bytes; the source text of an invalid literal.
  public var text: [UInt8] {
    if let invalid { return invalid }
    return clause.withArena { arena in
      Array { text in
        text.append(nameOf: clause, arena)
        for (index, term) in clause.terms.enumerated() {
          index == 0 ? text.append(" { ") : text.append(", ")
          text.append(term, of: clause, arena)
        }
        clause.terms.isEmpty ? text.append(" {}") : text.append(" }")
      }
    }
  }
}

extension Query: Hashable {
  public static func == (left: Query, right: Query) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension Text {
  private mutating func append(_ pattern: Pattern) {
    append("r'")
    pattern.source.withUnsafeBufferPointer { append($0) }
    append(UInt8(ascii: "'"))
  }

  /// A name as a query has it.
  fileprivate mutating func append(nameOf clause: Clause, _ arena: Bytes) {
    switch clause.name {
    case .any: append(UInt8(ascii: "_"))
    case .exact(let name): append(name: name.bytes(arena))
    case .pattern(let index): append(clause.patterns[index])
    }
  }

  /// A constraint. `equality` is how equality is written: a write keeps `==` apart from `:`.
  mutating func append(
    _ term: Clause.Term, of clause: Clause, _ arena: Bytes, equality: Clause.Relation = .colon
  ) {
    append(name: term.attribute.bytes(arena))
    append(term.relation == .equal ? equality.text : term.relation.text)
    switch term.operand {
    case .present: append(UInt8(ascii: "_"))
    case .pattern(let index): append(clause.patterns[index])
    default:
      // Every other operand is a value.
      append(view: term.operand.view(arena)!)
    }
  }
}

extension Query {
  /// About how many bytes it occupies.
  package var footprint: Int {
    clause.withArena(\.count) + clause.terms.count * MemoryLayout<Clause.Term>.stride
      + clause.patterns.reduce(0) { $0 + $1.footprint }
  }

  /// What it cost to compile its regular expressions, in units of `MatchCost`.
  package var compileCost: Int { clause.patterns.reduce(0) { $0 + $1.compileCost } }

  /// The most that it adds to the cost of a write of another client, if the record is of ordinary
  /// size and nothing in the query excludes it before its regular expressions are tried: a name of
  /// 64 bytes, and 256 of text for each constraint. In units of `MatchCost`.
  package var watchCost: Int {
    var cost = MatchCost.constraint * (1 + clause.terms.count)
    if case .pattern(let index) = clause.name { cost += clause.patterns[index].costAmongMany(64) }
    for term in clause.terms {
      guard case .pattern(let index) = term.operand else { continue }
      cost += clause.patterns[index].costAmongMany(256)
    }
    return cost
  }

  /// Whether it asks for one name.
  package var isExact: Bool { if case .exact = clause.name { true } else { false } }

  /// Lends the one name that it asks for, plain; nil if it asks for more.
  package func withExactName<Result>(_ body: (Bytes) -> Result) -> Result? {
    guard case .exact(let name) = clause.name else { return nil }
    return clause.withArena { body(Bytes(rebasing: $0[name.range])) }
  }
}
