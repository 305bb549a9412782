import OctopusCollections
import OctopusRecords

/// Queries by regular expressions on the same text: the name, or one attribute.
///
/// Equal patterns share a slot. A slot is at first matched singly; a build moves many into a
/// compiled set, which matches all of them in one pass. When builds are installed changes the cost
/// and never the answer. A removed pattern is masked in its set; a set whose patterns are mostly
/// masked is rebuilt, and small sets are joined.
struct PatternGroup {
  struct Slot {
    /// Nil while unused.
    var pattern: Pattern?
    var queries = EntryList()
    /// Distinguishes uses of a slot.
    var stamp: UInt64 = 0
    var location = Location.single
    /// The index in `singles`, or in the members of the set.
    var index = 0
  }

  /// Instead of an attribute's number: the group of the patterns on names.
  static let ofNames = UInt32.max

  enum Location: Equatable {
    case single
    /// Single forever: it is too large for a set.
    case unfit
    case set(Int)
  }

  private struct MemberSet {
    var compiled: CompiledPatternSet
    /// The slot of each pattern of the set; nil where it is masked.
    var members: [Int?]
    var live = 0

    /// Whether most of it is masked.
    var isSparse: Bool { live * 2 < members.count }
  }

  /// How many instructions the patterns of one set have at most.
  let setInstructions: Int
  /// By the patterns' sources.
  private var slots = NameTable<Slot>()
  /// The slots that are matched one by one.
  private var singles: [Int] = []
  private var unfit = 0
  private var sets: [MemberSet?] = []
  /// The stamp of the build that is under way.
  private var building: UInt64?
  /// How many sets are mostly masked.
  private var sparseSets = 0

  init(setInstructions: Int) { self.setInstructions = setInstructions }

  /// How many different patterns there are.
  var count: Int { slots.count }
  /// How many patterns there is memory for.
  var slotCount: Int { slots.slotCount }
  /// How many compiled sets there are.
  var setCount: Int { sets.lazy.filter { $0 != nil }.count }

  /// Reports the queries of every pattern that matches the text, in no particular order. Returns
  /// the cost, in units of `MatchCost`. The meter notes what is more than one pass over the text.
  func match(
    _ text: Bytes, _ entries: EntryTable, _ meter: MatchMeter, _ report: (EntryList) -> Void
  ) -> Int {
    guard text.count <= Limits.patternTextBytes else { return 0 }
    let pass = MatchCost.search(text.count)
    var cost = 0
    func matchOne(_ slot: Int) {
      let queries = slots[slot].queries
      if meter.hasCut, entries.allSatisfy(queries, { $0.owner?.isCut ?? false }) { return }
      var one = 0
      // A slot in `singles` or among members is in use.
      let isMatch = slots[slot].pattern!.matches(text, cost: &one)
      cost &+= one
      if one > pass { note(one - pass, queries, entries, meter) }
      if isMatch { report(queries) }
    }
    for slot in singles { matchOne(slot) }
    for case let set? in sets {
      var together = 0
      let isComplete =
        meter.mayUseSets
        && set.compiled.match(text, cost: &together) { index in
          if let slot = set.members[index] { report(slots[slot].queries) }
        }
      cost &+= together
      if together > pass { meter.note(ofSets: together - pass) }
      if isComplete { continue }
      for case let slot? in set.members { matchOne(slot) }
    }
    return cost
  }

  private func note(
    _ cost: Int, _ queries: EntryList, _ entries: EntryTable, _ meter: MatchMeter
  ) {
    _ = entries.allSatisfy(queries) { entry in
      meter.note(cost, of: entry.owner)
      return true
    }
  }

  /// The queries that ask for exactly this pattern.
  func queries(_ pattern: Pattern) -> EntryList {
    slots.find(pattern.source).map { slots[$0].queries } ?? EntryList()
  }

  /// Files an entry under a pattern, and returns its slot. `stamp` is given only once.
  mutating func insert(
    _ entry: UInt32, _ pattern: Pattern, stamp: UInt64, _ entries: inout EntryTable
  ) -> UInt32 {
    let slot = slots.find(pattern.source) ?? add(pattern, stamp)
    entries.link(entry, to: &slots[slot].queries)
    return UInt32(slot)
  }

  mutating func remove(_ entry: UInt32, from slot: UInt32, _ entries: inout EntryTable) {
    let slot = Int(slot)
    entries.unlink(entry, from: &slots[slot].queries)
    guard slots[slot].queries.isEmpty else { return }
    leaveLocation(slot)
    slots.remove(slot, leaving: Slot())
    if slots.count == 0 { self = PatternGroup(setInstructions: setInstructions) }
  }

  private mutating func add(_ pattern: Pattern, _ stamp: UInt64) -> Int {
    let location = pattern.fitsIntoSets ? Location.single : .unfit
    let slot = slots.insert(
      pattern.source,
      Slot(pattern: pattern, stamp: stamp, location: location, index: singles.count))
    singles.append(slot)
    if location == .unfit { unfit += 1 }
    return slot
  }

  /// Takes a slot out of its set, or of the singles.
  private mutating func leaveLocation(_ slot: Int) {
    let index = slots[slot].index
    switch slots[slot].location {
    case .set(let number):
      // The set of a slot is there.
      let wasSparse = sets[number]!.isSparse
      sets[number]!.members[index] = nil
      sets[number]!.live -= 1
      let isEmpty = sets[number]!.live == 0
      sparseSets += (sets[number]!.isSparse && !isEmpty ? 1 : 0) - (wasSparse ? 1 : 0)
      if isEmpty { sets[number] = nil }
    case .single, .unfit:
      if slots[slot].location == .unfit { unfit -= 1 }
      let last = singles.removeLast()
      if last != slot {
        singles[index] = last
        slots[last].index = index
      }
    }
  }
}

// MARK: Builds

extension PatternGroup {
  /// A set of fewer patterns is no faster than the patterns one by one.
  private static let leastOfASet = 8

  /// Whether a build would lower the cost of matching by much.
  var isBuildDue: Bool {
    guard building == nil else { return false }
    let waiting = singles.count - unfit
    if waiting >= PatternGroup.leastOfASet, waiting >= smallestSet / 8 { return true }
    return sparseSets > 0
  }

  private var smallestSet: Int {
    sets.lazy.compactMap { $0.flatMap { hasRoom($0) ? $0.live : nil } }.min() ?? 0
  }

  /// Whether others are to be built into a set with its members.
  private func hasRoom(_ set: MemberSet) -> Bool {
    set.isSparse || set.compiled.instructions * 2 < setInstructions
  }

  /// The patterns to build sets of: the waiting ones, and those of the sets that have room, as far
  /// as there is room. Members of joined sets leave them when the build is installed.
  mutating func beginBuild(stamp: UInt64) -> [PatternSetBuild.Member] {
    building = stamp
    let waiting = singles.filter { slots[$0].location == .single }
    var chosen = Array(waiting.prefix(Limits.patternsPerBuild))
    for set in sets.compactMap({ $0 }).filter(hasRoom).sorted(by: { $0.live < $1.live }) {
      guard chosen.count + set.live <= Limits.patternsPerBuild else { break }
      chosen.append(contentsOf: set.members.compactMap(\.self))
    }
    return chosen.map {
      PatternSetBuild.Member(
        slot: $0, stamp: slots[$0].stamp, pattern: slots[$0].pattern!)
    }
  }

  /// Installs the sets of the build that the group waits for; ignores any other.
  mutating func install(_ built: BuiltPatternSets) {
    guard building == built.stamp else { return }
    building = nil
    for (set, members) in built.parts {
      if let set { install(set, members) } else { for member in members { markUnfit(member) } }
    }
    while let last = sets.last, last == nil { sets.removeLast() }
  }

  private func isCurrent(_ member: PatternSetBuild.Member) -> Bool {
    slots[member.slot].pattern != nil && slots[member.slot].stamp == member.stamp
  }

  private mutating func install(
    _ set: CompiledPatternSet, _ members: ArraySlice<PatternSetBuild.Member>
  ) {
    let index = sets.firstIndex { $0 == nil } ?? sets.count
    if index == sets.count { sets.append(nil) }
    var installed = MemberSet(compiled: set, members: [])
    for (position, member) in members.enumerated() {
      let isCurrent = isCurrent(member)
      installed.members.append(isCurrent ? member.slot : nil)
      guard isCurrent else { continue }
      leaveLocation(member.slot)
      slots[member.slot].location = .set(index)
      slots[member.slot].index = position
      installed.live += 1
    }
    guard installed.live > 0 else { return }
    sets[index] = installed
    if installed.isSparse { sparseSets += 1 }
  }

  private mutating func markUnfit(_ member: PatternSetBuild.Member) {
    guard isCurrent(member), slots[member.slot].location == .single else { return }
    slots[member.slot].location = .unfit
    unfit += 1
  }
}
