import OctopusRecords

// What registered queries add to the work of matching each record, so that a client can be refused
// that would make the writes of all others slow.

extension PredicateIndex {
  /// The work that a query would add, in units of about a nanosecond, to the matching of each
  /// record of ordinary size: 0 where the index finds it by an equality, which other records
  /// exclude.
  ///
  /// - Complexity: as `insert`.
  package func work(of query: Query) -> Int { work(of: query, found: choose(query.clause).isExact) }

  /// The work that the query in a slot adds.
  func work(slot: UInt32) -> Int {
    work(of: entries[slot].query, found: entries[slot].access.isExact)
  }

  private func work(of query: Query, found isExact: Bool) -> Int {
    isExact ? 0 : query.watchCost + Self.deliveryWork
  }

  /// To deliver one event or message.
  private static let deliveryWork = 1_000

  /// How many of the queries that the index finds by the same equality as this one satisfy a
  /// condition; looked at only if they are more than `most` in all.
  package func equals(
    of query: Query, ifMoreThan most: Int, where isCounted: (MatchOwner) -> Bool
  ) -> Int {
    let list: EntryList? = query.clause.withArena { arena in
      switch choose(query.clause) {
      case .name(let name):
        return equalities.queries(EqualityKey(.name, name.bytes(arena)), entries)
      case .equality(let term):
        guard let attribute = attributes.find(term.attribute.bytes(arena)) else { return nil }
        // An equality's operand is a value.
        return equalities.queries(
          EqualityKey(attribute: attribute, term.operand.view(arena)!), entries)
      default: return nil
      }
    }
    guard let list, entries.count(list) >= most else { return 0 }
    var count = 0
    _ = entries.allSatisfy(list) { entry in
      if let owner = entry.owner, isCounted(owner) { count += 1 }
      return true
    }
    return count
  }
}

extension AccessChoice {
  /// Whether it excludes all records but those with one name or one value.
  fileprivate var isExact: Bool {
    switch self {
    case .name, .equality, .nothing: true
    default: false
    }
  }
}

extension AccessPath {
  fileprivate var isExact: Bool {
    switch self {
    case .equality, .nothing: true
    default: false
    }
  }
}
