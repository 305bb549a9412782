import OctopusRecords

/// All bounds that a query sets on one attribute, as one interval.
struct Interval {
  enum Bounds {
    case numbers(low: NumberBound, high: NumberBound)
    case texts(low: TextBound, high: TextBound)
    /// No value is inside, or the bounds are of classes that never compare.
    case empty
  }

  private(set) var bounds: Bounds
  /// How many constraints the interval stands for.
  private(set) var termCount = 0

  /// The interval of the constraints at `range`, all on one attribute; nil if none is a bound.
  init?(_ clause: Clause, _ range: Range<Int>) {
    var interval: Interval?
    for term in clause.terms[range] where term.relation.isBound {
      let bounds = Interval.bounds(of: term, in: clause)
      interval = Interval(
        bounds: interval.map { Interval.intersect($0.bounds, bounds) } ?? bounds, after: interval)
    }
    guard let interval else { return nil }
    self = interval
  }

  private init(bounds: Bounds, after previous: Interval?) {
    self.bounds = bounds
    termCount = (previous?.termCount ?? 0) + 1
  }

  /// Whether there is a bound on both sides.
  var isBounded: Bool {
    switch bounds {
    case .numbers(let low, let high): low != .lowest && high != .highest
    case .texts(let low, let high): low != .lowest && high != .highest
    case .empty: true
    }
  }

  var isEmpty: Bool { if case .empty = bounds { true } else { false } }

  private static func bounds(of term: Clause.Term, in clause: Clause) -> Bounds {
    let isAbove = term.relation == .greater || term.relation == .lessOrEqual
    let side: BoundSide = isAbove ? .above : .below
    switch term.operand {
    case .integer(let value):
      return .numbers(halfOf: NumberBound(value, side), term.relation)
    case .float(let value):
      return .numbers(halfOf: NumberBound(value, side), term.relation)
    case .string(let slice), .symbol(let slice):
      let bound = TextBound(clause.copy(slice), side)
      return term.relation.isLower
        ? .texts(low: bound, high: .highest) : .texts(low: .lowest, high: bound)
    case .boolean, .pattern, .present: return .empty
    }
  }

  private static func intersect(_ a: Bounds, _ b: Bounds) -> Bounds {
    switch (a, b) {
    case (.numbers(let low, let high), .numbers(let otherLow, let otherHigh)):
      let (low, high) = (max(low, otherLow), min(high, otherHigh))
      return low < high ? .numbers(low: low, high: high) : .empty
    case (.texts(let low, let high), .texts(let otherLow, let otherHigh)):
      let (low, high) = (max(low, otherLow), min(high, otherHigh))
      return low < high ? .texts(low: low, high: high) : .empty
    default: return .empty
    }
  }
}

extension Interval.Bounds {
  fileprivate static func numbers(halfOf bound: NumberBound, _ relation: Clause.Relation) -> Self {
    relation.isLower
      ? .numbers(low: bound, high: .highest) : .numbers(low: .lowest, high: bound)
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
