import OctopusCollections
import OctopusRecords

/// Finds the registered queries that a record matches, at a cost that depends on what matches and
/// not on how many are registered.
///
/// Each query is filed under one predicate, its most selective: its *access* predicate. A record
/// looks up its name, its attributes and their values, and what that finds is verified against the
/// whole query, unless the access predicate is the whole query. (The idea is that of Fabret et al.,
/// "Filtering Algorithms and Implementation for Very Fast Publish/Subscribe Systems", SIGMOD 2001.)
///
/// | Access by | Cost |
/// | --- | --- |
/// | equality of the name or of an attribute | a hash lookup |
/// | an interval on an attribute | O(log n) |
/// | the literal beginning of the name | a hash lookup for each length in use |
/// | a regular expression | one pass for 1,024 of them, once sets are built |
/// | presence of an attribute; nothing | what is filed there |
@usableFromInline package struct PredicateIndex: ~Copyable {
  var entries = EntryTable()
  var points = PointTable()
  var attributes = AttributeTable()
  var prefixes = PrefixTable()
  var names = PatternGroup()
  /// Queries without a predicate to find them by, and queries that no record can match.
  private var everything = EntryList()
  private var nothing = EntryList()
  /// Groups with a build due, by attribute or `PatternGroup.ofNames`; each once.
  @usableFromInline var due: [UInt32] = []
  /// Given once each: tells uses of slots, and builds, apart.
  private var stamp: UInt64 = 0

  /// How many queries are registered.
  package private(set) var count = 0

  package init() {}

  /// Whether nothing is left of what was ever registered.
  var isPristine: Bool {
    entries.slotCount == 0 && attributes.slotCount == 0 && points.count == 0
      && prefixes.slotCount == 0 && names.slotCount == 0 && everything.isEmpty && nothing.isEmpty
      && due.isEmpty
  }

  /// Registers a query under an id that is not in use. Complexity: O(log n) at most, amortized.
  package mutating func insert(_ query: Query, id: Int64) {
    let key = choose(query.clause)
    let slot = entries.add(query, id: id)
    entries[slot].isWhole = key.isWhole(of: query.clause)
    count += 1
    query.clause.withArena { file(slot, key, $0) }
  }

  /// Forgets the query of an id; whether there was one. Complexity: as `insert`.
  @discardableResult
  package mutating func remove(id: Int64) -> Bool {
    guard let slot = entries.slot(of: id) else { return false }
    unfile(slot)
    entries.drop(slot)
    count -= 1
    return true
  }
}

// MARK: Filing

extension PredicateIndex {
  private mutating func file(_ slot: UInt32, _ key: AccessKey, _ arena: Bytes) {
    switch key {
    // The arena lives as long as the entry's query, unchanged: so do the bytes of its points.
    case .name(let name): file(slot, at: Point(.name, name.bytes(arena)))
    case .equality(let term):
      let attribute = retain(term.attribute, arena)
      // An equality's operand is a value.
      file(slot, at: Point(attribute: attribute, term.operand.view(arena)!))
    case .interval(let name, let span):
      let attribute = retain(name, arena)
      entries[slot].access = .interval(attribute: attribute)
      attributes[attribute].insert(span.ends, owner: slot)
    case .prefix(let prefix):
      entries[slot].access = .prefix(prefixes.insert(slot, prefix, &entries))
    case .namePattern(let pattern): file(slot, in: PatternGroup.ofNames, pattern)
    case .pattern(let name, let pattern): file(slot, in: retain(name, arena), pattern)
    case .presence(let name):
      let attribute = retain(name, arena)
      entries[slot].access = .presence(attribute: attribute)
      entries.link(slot, to: &attributes[attribute].presence)
    case .everything:
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

  private mutating func file(_ slot: UInt32, at point: Point) {
    entries[slot].access = .point(point)
    points.insert(slot, point, &entries)
  }

  private mutating func file(_ slot: UInt32, in attribute: UInt32, _ pattern: Pattern) {
    stamp += 1
    let place = withGroup(attribute) { group, entries, stamp in
      group.insert(slot, pattern, stamp: stamp, &entries)
    }
    entries[slot].access = .pattern(attribute: attribute, slot: place)
    announce(attribute)
  }

  private mutating func unfile(_ slot: UInt32) {
    switch entries[slot].access {
    case .point(let point):
      points.remove(slot, point, &entries)
      if point.kind != .name { attributes.release(point.attribute) }
    case .interval(let attribute):
      // Its clause has an interval on this attribute: it was filed by it.
      let span = entries[slot].query.clause.span(on: attributes.name(attribute))!
      attributes[attribute].remove(span.ends, owner: slot)
      attributes.release(attribute)
    case .prefix(let bucket): prefixes.remove(slot, from: bucket, &entries)
    case .pattern(let attribute, let place):
      withGroup(attribute) { group, entries, _ in group.remove(slot, from: place, &entries) }
      announce(attribute)
      if attribute != PatternGroup.ofNames { attributes.release(attribute) }
    case .presence(let attribute):
      entries.unlink(slot, from: &attributes[attribute].presence)
      attributes.release(attribute)
    case .everything: entries.unlink(slot, from: &everything)
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
  /// Run it outside any lock, then `install` what it returns. Matching is right, only slower, until
  /// then; and for ever, if a build is dropped.
  package mutating func pendingBuild() -> PatternSetBuild? {
    guard let attribute = due.popLast() else { return nil }
    stamp += 1
    return withGroup(attribute) { group, _, stamp in
      PatternSetBuild(
        attribute: attribute, stamp: stamp, members: group.beginBuild(stamp: stamp))
    }
  }

  /// Takes over compiled sets, whatever has happened to the index since they were asked for.
  package mutating func install(_ built: BuiltPatternSets) {
    guard built.attribute == PatternGroup.ofNames || attributes.has(built.attribute) else { return }
    withGroup(built.attribute) { group, _, _ in group.install(built) }
    announce(built.attribute)
  }

  private mutating func withGroup<Result>(
    _ attribute: UInt32, _ body: (inout PatternGroup, inout EntryTable, UInt64) -> Result
  ) -> Result {
    attribute == PatternGroup.ofNames
      ? body(&names, &entries, stamp) : body(&attributes[attribute].patterns, &entries, stamp)
  }

  /// Notes whether a group has a build due, after a change to it.
  private mutating func announce(_ attribute: UInt32) {
    let isDue = withGroup(attribute) { group, _, _ in group.isBuildDue }
    let place = due.firstIndex(of: attribute)
    if isDue, place == nil { due.append(attribute) }
    if !isDue, let place { due.remove(at: place) }
  }
}

// MARK: Collecting

extension PredicateIndex {
  /// Replaces the contents of `ids` by those of all queries that the record matches, ascending.
  // Mutating, though it changes nothing: another module passes the index by address, not as a copy.
  package mutating func collect(_ record: Record, into ids: inout [Int64]) {
    ids.removeAll(keepingCapacity: true)
    if count > 0 { record.withContents { collect($0, &ids) } }
    if ids.count > 1 { ids.sort() }
  }

  private func collect(_ record: RecordContents, _ ids: inout [Int64]) {
    collectByName(record, &ids)
    if attributes.count > 0 {
      for index in 0..<record.count {
        guard let attribute = attributes.find(record.key(index)) else { continue }
        record.withValue(index) { collect(attribute, $0, record, &ids) }
      }
    }
    take(everything, record, &ids)
  }

  private func collectByName(_ record: RecordContents, _ ids: inout [Int64]) {
    if points.hasNames { take(points.queries(Point(.name, record.name), entries), record, &ids) }
    if prefixes.count > 0 { prefixes.match(record.name) { take($0, record, &ids) } }
    if names.count > 0 { names.match(record.name) { take($0, record, &ids) } }
  }

  private func collect(
    _ attribute: UInt32, _ value: ValueView, _ record: RecordContents, _ ids: inout [Int64]
  ) {
    take(points.queries(Point(attribute: attribute, value), entries), record, &ids)
    take(attributes[attribute].presence, record, &ids)
    switch value {
    case .integer(let integer): stab(attribute, NumberCut(integer), record, &ids)
    case .float(let float): stab(attribute, NumberCut(float), record, &ids)
    case .string(let text), .symbol(let text): collect(attribute, text: text, record, &ids)
    case .boolean: break
    }
  }

  // An empty structure is passed by before anything of it is copied.

  private func stab(
    _ attribute: UInt32, _ point: NumberCut, _ record: RecordContents, _ ids: inout [Int64]
  ) {
    guard attributes[attribute].numbers.count > 0 else { return }
    attributes[attribute].numbers.stab(point) { takeOne($0, record, &ids) }
  }

  private func collect(
    _ attribute: UInt32, text: Bytes, _ record: RecordContents, _ ids: inout [Int64]
  ) {
    if attributes[attribute].texts.count > 0 {
      attributes[attribute].texts.stab(TextPoint(text)) { takeOne($0, record, &ids) }
    }
    if attributes[attribute].patterns.count > 0 {
      attributes[attribute].patterns.match(text) { take($0, record, &ids) }
    }
  }

  /// Takes those of a list that match.
  private func take(_ list: EntryList, _ record: RecordContents, _ ids: inout [Int64]) {
    guard !list.isEmpty else { return }
    var slot = list.head
    repeat {
      takeOne(slot, record, &ids)
      slot = entries[slot].next
    } while slot != list.head
  }

  private func takeOne(_ slot: UInt32, _ record: RecordContents, _ ids: inout [Int64]) {
    if entries[slot].isWhole || entries[slot].query.matches(record) { ids.append(entries[slot].id) }
  }
}
