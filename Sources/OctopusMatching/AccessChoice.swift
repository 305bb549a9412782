import OctopusRecords

/// What a query could be filed under, before its place in the index is made.
enum AccessKey {
  case name(Clause.Slice)
  /// A term that is an equality.
  case equality(Clause.Term)
  case interval(Clause.Slice, Span)
  case prefix([UInt8])
  case namePattern(Pattern)
  case pattern(Clause.Slice, Pattern)
  case presence(Clause.Slice)
  case everything
  case nothing
}

extension PredicateIndex {
  /// A predicate that a query could be filed under, and how many are found by exactly that already.
  private typealias Choice = (key: AccessKey, crowd: Int)

  /// So many queries with one value are verified as fast as another access finds fewer.
  private static let crowd = 64
  /// The same for a regular expression, and for a beginning of names, whose queries each cost one.
  private static let patternCrowd = 16

  /// The most selective predicate of a query, as far as the index can tell now.
  func choose(_ clause: Clause) -> AccessKey {
    let spans = clause.spans
    if spans.contains(where: \.span.isNothing) { return .nothing }
    let point = rarestPoint(clause)
    if let point, point.crowd < Self.crowd { return point.key }
    if let interval = spans.first(where: \.span.isBounded) ?? spans.first {
      return .interval(interval.attribute, interval.span)
    }
    let pattern = rarestPattern(clause)
    if let pattern, pattern.crowd < point?.crowd ?? .max { return pattern.key }
    return point?.key ?? rarestPresence(clause) ?? .everything
  }

  /// The equality that the fewest queries are filed under, the name's first among equals.
  private func rarestPoint(_ clause: Clause) -> Choice? {
    clause.withArena { arena in
      var best: Choice?
      if case .exact(let name) = clause.name {
        let queries = points.queries(Point(.name, name.bytes(arena)), entries)
        best = (.name(name), entries.count(queries))
      }
      for term in clause.terms where term.relation == .colon || term.relation == .equal {
        // Without a value it is a pattern or `_`.
        guard best?.crowd != 0, let value = term.operand.view(arena) else { continue }
        let attribute = attributes.find(term.attribute.bytes(arena))
        let queries = attribute.map { points.queries(Point(attribute: $0, value), entries) }
        let crowd = entries.count(queries ?? EntryList())
        if crowd < best?.crowd ?? .max { best = (.equality(term), crowd) }
      }
      return best
    }
  }

  /// An attribute's patterns come before those on the name, since they look only at records that
  /// have it; a beginning of names before both; each unless crowded.
  private func rarestPattern(_ clause: Clause) -> Choice? {
    var choices: [Choice] = []
    if case .pattern(let index) = clause.name, let prefix = PrefixTable.key(clause.patterns[index])
    {
      let crowd = entries.count(prefix.withUnsafeBufferPointer { prefixes.queries($0) })
      // A crowded beginning leaves the whole patterns, which are found together in sets.
      if crowd < Self.patternCrowd { return (.prefix(prefix), crowd) }
    }
    for term in clause.terms {
      guard case .pattern(let index) = term.operand else { continue }
      let pattern = clause.patterns[index]
      let attribute = clause.withArena {
        attributes.find(term.attribute.bytes($0))
      }
      let queries = attribute.map { attributes[$0].patterns.queries(pattern) }
      choices.append(
        (.pattern(term.attribute, pattern), entries.count(queries ?? EntryList())))
    }
    if case .pattern(let index) = clause.name {
      let pattern = clause.patterns[index]
      choices.append((.namePattern(pattern), entries.count(names.queries(pattern))))
    }
    return choices.first { $0.crowd < Self.patternCrowd } ?? choices.min { $0.crowd < $1.crowd }
  }

  /// The attribute that the fewest queries are filed under for its presence.
  private func rarestPresence(_ clause: Clause) -> AccessKey? {
    clause.withArena { arena in
      let crowds = clause.terms.map { term in
        let attribute = attributes.find(term.attribute.bytes(arena))
        return attribute.map { entries.count(attributes[$0].presence) } ?? 0
      }
      guard let least = crowds.min(), let place = crowds.firstIndex(of: least) else { return nil }
      return .presence(clause.terms[place].attribute)
    }
  }
}

extension AccessKey {
  /// Whether a record that this finds matches the whole query.
  func isWhole(of clause: Clause) -> Bool {
    switch self {
    case .name, .namePattern: clause.terms.isEmpty
    case .equality, .pattern: clause.name == .any && clause.terms.count == 1
    case .interval(_, let span): clause.name == .any && clause.terms.count == span.terms
    case .presence:
      clause.name == .any && clause.terms.count == 1 && clause.terms[0].operand == .present
    // The text of a literal that is no query looks like a query for everything.
    case .prefix, .everything, .nothing: false
    }
  }
}

extension Clause {
  /// The attributes that have bounds, each with its interval.
  fileprivate var spans: [(attribute: Slice, span: Span)] {
    var spans: [(attribute: Slice, span: Span)] = []
    var start = 0
    while start < terms.count {
      let end = endOfAttribute(from: start)
      if let span = Span(self, start..<end) { spans.append((terms[start].attribute, span)) }
      start = end
    }
    return spans
  }

  /// The interval on one attribute.
  func span(on attribute: [UInt8]) -> Span? {
    let start = withArena { arena in
      attribute.withUnsafeBufferPointer { attribute in
        terms.firstIndex { compareBytes($0.attribute.bytes(arena), attribute) == 0 }
      }
    }
    return start.flatMap { Span(self, $0..<endOfAttribute(from: $0)) }
  }

  /// Behind the constraints on the attribute of the one at `start`.
  private func endOfAttribute(from start: Int) -> Int {
    withArena { arena in
      let attribute = terms[start].attribute.bytes(arena)
      let rest = terms[start...].dropFirst()
      return rest.firstIndex { compareBytes($0.attribute.bytes(arena), attribute) != 0 }
        ?? terms.count
    }
  }
}
