import OctopusRecords

/// A predicate that a query could be filed under.
enum AccessChoice {
  case name(Clause.Slice)
  /// A term that is an equality.
  case equality(Clause.Term)
  case interval(Clause.Slice, Interval)
  case prefix([UInt8])
  case namePattern(Pattern)
  case pattern(Clause.Slice, Pattern)
  case presence(Clause.Slice)
  case everything
  case nothing
}

extension PredicateIndex {
  /// A choice, and how many queries are filed under exactly that predicate already.
  private typealias Candidate = (choice: AccessChoice, bucketSize: Int)

  /// To verify fewer queries than this costs as much as to find fewer by another access path.
  private static let largeBucket = 64
  /// The same for a regular expression, and for a prefix of names, whose queries each cost more.
  private static let largePatternBucket = 16

  /// The most selective predicate of a query, as far as the index can tell now.
  func choose(_ clause: Clause) -> AccessChoice {
    let intervals = clause.intervals
    if intervals.contains(where: \.interval.isEmpty) { return .nothing }
    let equality = rarestEquality(clause)
    if let equality, equality.bucketSize < Self.largeBucket { return equality.choice }
    if let bounds = intervals.first(where: \.interval.isBounded) ?? intervals.first {
      return .interval(bounds.attribute, bounds.interval)
    }
    let pattern = rarestPattern(clause)
    if let pattern, pattern.bucketSize < equality?.bucketSize ?? .max { return pattern.choice }
    return equality?.choice ?? rarestPresence(clause) ?? .everything
  }

  /// The equality that the fewest queries are filed under, the name's first among equals.
  private func rarestEquality(_ clause: Clause) -> Candidate? {
    clause.withArena { arena in
      var best: Candidate?
      if case .exact(let name) = clause.name {
        let queries = equalities.queries(EqualityKey(.name, name.bytes(arena)), entries)
        best = (.name(name), entries.count(queries))
      }
      for term in clause.terms where term.relation == .colon || term.relation == .equal {
        // Without a value it is a pattern or `_`.
        guard best?.bucketSize != 0, let value = term.operand.view(arena) else { continue }
        let attribute = attributes.find(term.attribute.bytes(arena))
        let queries = attribute.map {
          equalities.queries(EqualityKey(attribute: $0, value), entries)
        }
        let bucketSize = entries.count(queries ?? EntryList())
        if bucketSize < best?.bucketSize ?? .max { best = (.equality(term), bucketSize) }
      }
      return best
    }
  }

  /// The pattern or prefix with the smallest bucket. A prefix of names comes first, then an
  /// attribute's patterns, which are tried only on records that have the attribute; a large bucket
  /// comes last.
  private func rarestPattern(_ clause: Clause) -> Candidate? {
    var candidates: [Candidate] = []
    if case .pattern(let index) = clause.name, let prefix = PrefixTable.key(clause.patterns[index])
    {
      let bucketSize = entries.count(prefix.withUnsafeBufferPointer { prefixes.queries($0) })
      // Whole patterns are found together in sets, so they are better than a large bucket.
      if bucketSize < Self.largePatternBucket { return (.prefix(prefix), bucketSize) }
    }
    for term in clause.terms {
      guard case .pattern(let index) = term.operand else { continue }
      let pattern = clause.patterns[index]
      let attribute = clause.withArena { attributes.find(term.attribute.bytes($0)) }
      let queries = attribute.map { attributes[$0].patterns.queries(pattern) }
      candidates.append(
        (.pattern(term.attribute, pattern), entries.count(queries ?? EntryList())))
    }
    if case .pattern(let index) = clause.name {
      let pattern = clause.patterns[index]
      candidates.append((.namePattern(pattern), entries.count(names.queries(pattern))))
    }
    return candidates.first { $0.bucketSize < Self.largePatternBucket }
      ?? candidates.min { $0.bucketSize < $1.bucketSize }
  }

  /// The attribute whose presence the fewest queries are filed under.
  private func rarestPresence(_ clause: Clause) -> AccessChoice? {
    clause.withArena { arena in
      let sizes = clause.terms.map { term in
        let attribute = attributes.find(term.attribute.bytes(arena))
        return attribute.map { entries.count(attributes[$0].presence) } ?? 0
      }
      guard let least = sizes.min(), let index = sizes.firstIndex(of: least) else { return nil }
      return .presence(clause.terms[index].attribute)
    }
  }
}

extension AccessChoice {
  /// Whether the predicate is the whole query, so that each record that satisfies it matches.
  func isWhole(of clause: Clause) -> Bool {
    switch self {
    case .name, .namePattern: clause.terms.isEmpty
    case .equality, .pattern: clause.name == .any && clause.terms.count == 1
    case .interval(_, let interval):
      clause.name == .any && clause.terms.count == interval.termCount
    case .presence:
      clause.name == .any && clause.terms.count == 1 && clause.terms[0].operand == .present
    // An invalid literal looks like a query for everything.
    case .prefix, .everything, .nothing: false
    }
  }
}

extension Clause {
  /// The attributes that have bounds, each with its interval.
  fileprivate var intervals: [(attribute: Slice, interval: Interval)] {
    var intervals: [(attribute: Slice, interval: Interval)] = []
    var start = 0
    while start < terms.count {
      let end = endOfAttribute(from: start)
      if let interval = Interval(self, start..<end) {
        intervals.append((terms[start].attribute, interval))
      }
      start = end
    }
    return intervals
  }

  /// The interval on one attribute.
  func interval(on attribute: [UInt8]) -> Interval? {
    let start = withArena { arena in
      attribute.withUnsafeBufferPointer { attribute in
        terms.firstIndex { compareBytes($0.attribute.bytes(arena), attribute) == 0 }
      }
    }
    return start.flatMap { Interval(self, $0..<endOfAttribute(from: $0)) }
  }

  /// The end of the constraints on the same attribute as the one at `start`.
  private func endOfAttribute(from start: Int) -> Int {
    withArena { arena in
      let attribute = terms[start].attribute.bytes(arena)
      let rest = terms[start...].dropFirst()
      return rest.firstIndex { compareBytes($0.attribute.bytes(arena), attribute) != 0 }
        ?? terms.count
    }
  }
}
