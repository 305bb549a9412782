import OctopusRecords

/// All bounds that a query sets on one attribute, as one interval.
struct Span {
  enum Ends {
    case numbers(low: NumberCut, high: NumberCut)
    case texts(low: TextCut, high: TextCut)
    /// No value is inside, or the bounds are of classes that never compare.
    case nothing
  }

  private(set) var ends: Ends
  /// How many constraints it stands for.
  private(set) var terms = 0

  /// The interval of the constraints at `range`, all on one attribute; nil if none is a bound.
  init?(_ clause: Clause, _ range: Range<Int>) {
    var span: Span?
    for term in clause.terms[range] where term.relation.isBound {
      let ends = Span.ends(of: term, in: clause)
      span = Span(ends: span.map { Span.intersect($0.ends, ends) } ?? ends, after: span)
    }
    guard let span else { return nil }
    self = span
  }

  private init(ends: Ends, after previous: Span?) {
    self.ends = ends
    terms = (previous?.terms ?? 0) + 1
  }

  /// Whether it ends on both sides.
  var isBounded: Bool {
    switch ends {
    case .numbers(let low, let high): low != .lowest && high != .highest
    case .texts(let low, let high): low != .lowest && high != .highest
    case .nothing: true
    }
  }

  var isNothing: Bool { if case .nothing = ends { true } else { false } }

  private static func ends(of term: Clause.Term, in clause: Clause) -> Ends {
    let isAbove = term.relation == .greater || term.relation == .lessOrEqual
    switch term.operand {
    case .integer(let value):
      return .numbers(halfOf: NumberCut(value, side: isAbove ? 1 : -1), term.relation)
    case .float(let value):
      return .numbers(halfOf: NumberCut(value, side: isAbove ? 1 : -1), term.relation)
    case .string(let slice), .symbol(let slice):
      let cut = TextCut(clause.copy(slice), isAbove: isAbove)
      return term.relation.isLower
        ? .texts(low: cut, high: .highest) : .texts(low: .lowest, high: cut)
    case .boolean, .pattern, .present: return .nothing
    }
  }

  private static func intersect(_ a: Ends, _ b: Ends) -> Ends {
    switch (a, b) {
    case (.numbers(let low, let high), .numbers(let otherLow, let otherHigh)):
      let (low, high) = (max(low, otherLow), min(high, otherHigh))
      return low < high ? .numbers(low: low, high: high) : .nothing
    case (.texts(let low, let high), .texts(let otherLow, let otherHigh)):
      let (low, high) = (max(low, otherLow), min(high, otherHigh))
      return low < high ? .texts(low: low, high: high) : .nothing
    default: return .nothing
    }
  }
}

extension Span.Ends {
  fileprivate static func numbers(halfOf cut: NumberCut, _ relation: Clause.Relation) -> Self {
    relation.isLower
      ? .numbers(low: cut, high: .highest) : .numbers(low: .lowest, high: cut)
  }
}

extension Clause.Relation {
  fileprivate var isBound: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual: true
    case .colon, .equal, .notEqual: false
    }
  }
  fileprivate var isLower: Bool { self == .greater || self == .greaterOrEqual }
}
