import OctopusCollections
import OctopusRecords

/// Finds the registered queries that a record matches, at a cost that depends on the matches and
/// not on the number of queries.
///
/// Each query is filed under its most selective predicate, its *access path*. A record's name,
/// attributes and values are looked up, and each query found is verified, unless its access path is
/// the whole query. After Fabret et al., "Filtering Algorithms and Implementation for Very Fast
/// Publish/Subscribe Systems" (SIGMOD 2001).
///
/// ```swift
/// var index = PredicateIndex()
/// index.insert("_ { kind: sensor, value > 20 }", id: 1)
/// index.collect("s1 { kind: sensor, value: 25 }", into: &ids)   // [1]
/// ```
///
/// | Access path | Cost |
/// | --- | --- |
/// | equality of the name or of an attribute | a hash lookup |
/// | an interval on an attribute | O(log n) |
/// | a literal prefix of the name | a hash lookup for each length in use |
/// | a regular expression | one pass for 1,024 of them, once sets are built |
/// | presence of an attribute; none | all queries filed there |
@usableFromInline package struct PredicateIndex: ~Copyable {
  var entries = EntryTable()
  var equalities = EqualityIndex()
  var attributes = AttributeTable()
  var prefixes = PrefixTable()
  var names = PatternGroup(setInstructions: Limits.instructionsOfNameSet)
  /// Queries without an access path, and queries that no record can match.
  private var everything = EntryList()
  private var nothing = EntryList()
  /// Groups with a build due, by attribute or `PatternGroup.ofNames`; each once.
  @usableFromInline var due: [UInt32] = []
  /// Counts up: distinguishes uses of slots, and builds.
  private var stamp: UInt64 = 0

  /// How many queries are tried with each record, or with each that has an attribute.
  package private(set) var broadCount = 0

  /// How many queries are found by a regular expression.
  package private(set) var patternCount = 0

  /// How many queries are registered.
  package private(set) var count = 0

  let meter: MatchMeter

  package init(_ meter: MatchMeter = MatchMeter()) { self.meter = meter }

  /// Whether no memory is left of any query that was registered.
  var isPristine: Bool {
    entries.slotCount == 0 && attributes.slotCount == 0 && equalities.count == 0
      && prefixes.slotCount == 0 && names.slotCount == 0 && everything.isEmpty && nothing.isEmpty
      && due.isEmpty
  }

  /// Registers a query under an id that is not in use. Complexity: O(log n) at most, amortized.
  package mutating func insert(_ query: Query, id: Int64, owner: MatchOwner? = nil) {
    let choice = choose(query.clause)
    let slot = entries.add(query, id: id, owner)
    entries[slot].isWhole = choice.isWhole(of: query.clause)
    count += 1
    query.clause.withArena { file(slot, choice, $0) }
    charge(slot)
  }

  /// Removes the query of an id; false if there was none. Complexity: as `insert`.
  @discardableResult
  package mutating func remove(id: Int64) -> Bool {
    guard let slot = entries.slot(of: id) else { return false }
    refund(slot)
    unfile(slot)
    entries.drop(slot)
    count -= 1
    return true
  }
}

// MARK: Filing

extension PredicateIndex {
  private mutating func file(_ slot: UInt32, _ choice: AccessChoice, _ arena: Bytes) {
    switch choice {
    // The arena lives as long as the entry's query, unchanged: so do the bytes of its keys.
    case .name(let name): file(slot, at: EqualityKey(.name, name.bytes(arena)))
    case .equality(let term):
      let attribute = retain(term.attribute, arena)
      // An equality's operand is a value.
      file(slot, at: EqualityKey(attribute: attribute, term.operand.view(arena)!))
    case .interval(let name, let interval):
      let attribute = retain(name, arena)
      entries[slot].access = .interval(attribute: attribute)
      attributes[attribute].insert(interval.bounds, owner: slot)
    case .prefix(let prefix):
      entries[slot].access = .prefix(prefixes.insert(slot, prefix, &entries))
    case .namePattern(let pattern): file(slot, in: PatternGroup.ofNames, pattern)
    case .pattern(let name, let pattern): file(slot, in: retain(name, arena), pattern)
    case .presence(let name):
      let attribute = retain(name, arena)
      entries[slot].access = .presence(attribute: attribute)
      entries.link(slot, to: &attributes[attribute].presence)
      broadCount += 1
    case .everything:
      broadCount += 1
      entries[slot].access = .everything
      entries.link(slot, to: &everything)
    case .nothing:
      entries[slot].access = .nothing
      entries.link(slot, to: &nothing)
    }
  }

  private mutating func retain(_ attribute: Clause.Slice, _ arena: Bytes) -> UInt32 {
    attributes.retain(attribute.bytes(arena))
  }

  private mutating func file(_ slot: UInt32, at key: EqualityKey) {
    entries[slot].access = .equality(key)
    equalities.insert(slot, key, &entries)
  }

  private mutating func file(_ slot: UInt32, in attribute: UInt32, _ pattern: Pattern) {
    stamp += 1
    let number = withGroup(attribute) { group, entries, stamp in
      group.insert(slot, pattern, stamp: stamp, &entries)
    }
    entries[slot].access = .pattern(attribute: attribute, slot: number)
    patternCount += 1
    updateDue(attribute)
  }

  private mutating func unfile(_ slot: UInt32) {
    switch entries[slot].access {
    case .equality(let key):
      equalities.remove(slot, key, &entries)
      if key.kind != .name { attributes.release(key.attribute) }
    case .interval(let attribute):
      // The query was filed by the interval that its clause has on this attribute.
      let interval = entries[slot].query.clause.interval(on: attributes.name(attribute))!
      attributes[attribute].remove(interval.bounds, owner: slot)
      attributes.release(attribute)
    case .prefix(let number): prefixes.remove(slot, from: number, &entries)
    case .pattern(let attribute, let number):
      patternCount -= 1
      withGroup(attribute) { group, entries, _ in group.remove(slot, from: number, &entries) }
      updateDue(attribute)
      if attribute != PatternGroup.ofNames { attributes.release(attribute) }
    case .presence(let attribute):
      entries.unlink(slot, from: &attributes[attribute].presence)
      broadCount -= 1
      attributes.release(attribute)
    case .everything:
      broadCount -= 1
      entries.unlink(slot, from: &everything)
    case .nothing: entries.unlink(slot, from: &nothing)
    }
  }
}

// MARK: Builds of pattern sets

extension PredicateIndex {
  /// Whether a set of regular expressions is to be compiled.
  @inlinable package var hasPendingBuild: Bool { !due.isEmpty }

  /// The next set of regular expressions to compile, if one is due.
  ///
  /// Run it outside any lock, then `install` the result. Until then, and forever if the build is
  /// dropped, matching is right but slower.
  package mutating func pendingBuild() -> PatternSetBuild? {
    guard let attribute = due.popLast() else { return nil }
    stamp += 1
    return withGroup(attribute) { group, _, stamp in
      PatternSetBuild(
        attribute: attribute, stamp: stamp, setInstructions: group.setInstructions,
        members: group.beginBuild(stamp: stamp))
    }
  }

  /// Installs compiled sets. The index may have changed since `pendingBuild`.
  package mutating func install(_ built: BuiltPatternSets) {
    guard built.attribute == PatternGroup.ofNames || attributes.has(built.attribute) else { return }
    withGroup(built.attribute) { group, _, _ in group.install(built) }
    updateDue(built.attribute)
  }

  private mutating func withGroup<Result>(
    _ attribute: UInt32, _ body: (inout PatternGroup, inout EntryTable, UInt64) -> Result
  ) -> Result {
    attribute == PatternGroup.ofNames
      ? body(&names, &entries, stamp) : body(&attributes[attribute].patterns, &entries, stamp)
  }

  /// Records whether a group has a build due, after a change to it.
  private mutating func updateDue(_ attribute: UInt32) {
    let isDue = withGroup(attribute) { group, _, _ in group.isBuildDue }
    let index = due.firstIndex(of: attribute)
    if isDue, index == nil { due.append(attribute) }
    if !isDue, let index { due.remove(at: index) }
  }
}

// MARK: Collecting

extension PredicateIndex {
  /// Replaces the contents of `ids` by those of all queries that the record matches, ascending.
  /// Returns what it cost to try queries and regular expressions, in units of `MatchCost`.
  // Mutating, though it changes nothing: another module passes the index by address, not as a copy.
  @discardableResult
  package mutating func collect(_ record: Record, into ids: inout [Int64]) -> Int {
    ids.removeAll(keepingCapacity: true)
    var cost = 0
    if count > 0 { record.withContents { collect($0, &ids, &cost) } }
    if ids.count > 1 { ids.sort() }
    return cost
  }

  private func collect(_ record: RecordContents, _ ids: inout [Int64], _ cost: inout Int) {
    collectByName(record, &ids, &cost)
    if attributes.count > 0 {
      for index in 0..<record.count {
        guard let attribute = attributes.find(record.key(index)) else { continue }
        record.withValue(index) { collect(attribute, $0, record, &ids, &cost) }
      }
    }
    take(everything, record, &ids, &cost)
  }

  private func collectByName(_ record: RecordContents, _ ids: inout [Int64], _ cost: inout Int) {
    if equalities.hasNames {
      take(equalities.queries(EqualityKey(.name, record.name), entries), record, &ids, &cost)
    }
    if prefixes.count > 0 { prefixes.match(record.name) { take($0, record, &ids, &cost) } }
    if names.count > 0 {
      let search = names.match(record.name, entries, meter) { take($0, record, &ids, &cost) }
      cost &+= search
    }
  }

  private func collect(
    _ attribute: UInt32, _ value: ValueView, _ record: RecordContents, _ ids: inout [Int64],
    _ cost: inout Int
  ) {
    take(equalities.queries(EqualityKey(attribute: attribute, value), entries), record, &ids, &cost)
    take(attributes[attribute].presence, record, &ids, &cost)
    switch value {
    case .integer(let integer): stab(attribute, NumberBound(integer), record, &ids, &cost)
    case .float(let float): stab(attribute, NumberBound(float), record, &ids, &cost)
    case .string(let text), .symbol(let text): collect(attribute, text: text, record, &ids, &cost)
    case .boolean: break
    }
  }

  // The checks for an empty structure come first, before anything of it is copied.

  private func stab(
    _ attribute: UInt32, _ number: NumberBound, _ record: RecordContents, _ ids: inout [Int64],
    _ cost: inout Int
  ) {
    guard attributes[attribute].numbers.count > 0 else { return }
    attributes[attribute].numbers.stab(number) { takeOne($0, record, &ids, &cost) }
  }

  private func collect(
    _ attribute: UInt32, text: Bytes, _ record: RecordContents, _ ids: inout [Int64],
    _ cost: inout Int
  ) {
    if attributes[attribute].texts.count > 0 {
      attributes[attribute].texts.stab(TextKey(text)) { takeOne($0, record, &ids, &cost) }
    }
    if attributes[attribute].patterns.count > 0 {
      let search = attributes[attribute].patterns.match(text, entries, meter) {
        take($0, record, &ids, &cost)
      }
      cost &+= search
    }
  }

  /// Collects the queries of a list that match.
  private func take(
    _ list: EntryList, _ record: RecordContents, _ ids: inout [Int64], _ cost: inout Int
  ) {
    guard !list.isEmpty else { return }
    var slot = list.head
    repeat {
      takeOne(slot, record, &ids, &cost)
      slot = entries[slot].next
    } while slot != list.head
  }

  private func takeOne(
    _ slot: UInt32, _ record: RecordContents, _ ids: inout [Int64], _ cost: inout Int
  ) {
    if entries[slot].isWhole || entries[slot].query.matches(record, cost: &cost) {
      ids.append(entries[slot].id)
    }
  }
}
