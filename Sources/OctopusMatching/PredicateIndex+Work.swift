import OctopusRecords

// What registered queries add to the work of matching each record, so that a client can be refused
// that would make the writes of all others slow.

extension PredicateIndex {
  /// The work that a query of an account would add, in units of about a nanosecond, to the matching
  /// of each record of ordinary size.
  ///
  /// A record has one name and one value of an attribute, so of the queries that ask for these only
  /// the most count that ask for the same.
  ///
  /// - Complexity: as `insert`.
  package func work(of query: Query, _ account: MatchAccount) -> Int {
    let choice = choose(query.clause)
    guard choice.isExact else { return work(of: query) }
    return query.clause.withArena { arena in
      guard let key = key(of: choice, arena) else { return 0 }
      let most = account.mostEqual(key.attribute)
      return equalCount(key, account, ifMoreThan: most - 1) + 1 > most ? Self.deliveryWork : 0
    }
  }

  private func work(of query: Query) -> Int { query.watchCost + Self.deliveryWork }

  /// To deliver one event or message.
  static let deliveryWork = 1_000

  /// No attribute has this number.
  private static let unknownAttribute = UInt32.max - 1

  /// The key of an equality; nil if the choice is none.
  private func key(of choice: AccessChoice, _ arena: Bytes) -> EqualityKey? {
    switch choice {
    case .name(let name): return EqualityKey(.name, name.bytes(arena))
    case .equality(let term):
      // An equality's operand is a value.
      return EqualityKey(
        attribute: attributes.find(term.attribute.bytes(arena)) ?? Self.unknownAttribute,
        term.operand.view(arena)!)
    default: return nil
    }
  }

  /// How many queries of an account ask for one value; counted only if they are more than `most` of
  /// all accounts.
  private func equalCount(
    _ key: EqualityKey, _ account: MatchAccount, ifMoreThan most: Int
  ) -> Int {
    let list = equalities.queries(key, entries)
    guard entries.count(list) > most else { return 0 }
    var count = 0
    _ = entries.allSatisfy(list) { entry in
      if entry.owner?.account === account { count += 1 }
      return true
    }
    return count
  }

  /// The account of a query that was filed in a slot pays for it.
  func charge(_ slot: UInt32) {
    guard let account = entries[slot].owner?.account else { return }
    switch entries[slot].access {
    case .equality(let key):
      let most = account.mostEqual(key.attribute)
      account.addEquality(key.attribute, most: equalCount(key, account, ifMoreThan: most))
    case .nothing: break
    default: account.expect(work(of: entries[slot].query))
    }
  }

  /// The account of a query pays for it no more.
  func refund(_ slot: UInt32) {
    guard let account = entries[slot].owner?.account else { return }
    switch entries[slot].access {
    case .equality(let key): account.removeEquality(key.attribute)
    case .nothing: break
    default: account.expect(-work(of: entries[slot].query))
    }
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
