import OctopusCollections
import OctopusRecords

/// Queries by the regular expressions that they put to the same text: the name, or one attribute.
///
/// Equal patterns share a slot. A slot is at first tried singly; a build moves many into a compiled
/// set, where matching costs the text and what matches. Whether and when builds are installed
/// changes the cost and never the answer. A pattern that goes is masked in its set; a set whose
/// patterns are mostly masked is built anew, and small sets are joined.
struct PatternGroup {
  struct Slot {
    /// Nil while unused.
    var pattern: Pattern?
    var queries = EntryList()
    /// Tells uses of a slot apart.
    var stamp: UInt64 = 0
    var home = Home.single
    /// The index in `singles`, or in the members of the set.
    var place = 0
  }

  /// In the place of an attribute's number: the group of the patterns on names.
  static let ofNames = UInt32.max

  enum Home: Equatable {
    case single
    /// Single for good: no set can hold it.
    case unfit
    case set(Int)
  }

  private struct MemberSet {
    var compiled: CompiledPatternSet
    /// The slot of each pattern of the set; nil where it is masked.
    var members: [Int?]
    var live = 0

    /// Whether most of it is masked.
    var isThin: Bool { live * 2 < members.count }
  }

  /// By the patterns' sources.
  private var slots = NameTable<Slot>()
  /// The slots that are tried one by one.
  private var singles: [Int] = []
  private var unfit = 0
  private var sets: [MemberSet?] = []
  /// The stamp of the build that is under way.
  private var building: UInt64?
  /// How many sets are mostly masked.
  private var thinSets = 0

  /// How many different patterns there are.
  var count: Int { slots.count }
  /// How many patterns there is memory for.
  var slotCount: Int { slots.slotCount }
  /// How many compiled sets there are.
  var setCount: Int { sets.lazy.filter { $0 != nil }.count }

  /// Reports the queries of every pattern that matches the text, in no particular order.
  func match(_ text: Bytes, _ report: (EntryList) -> Void) {
    guard text.count <= Limits.patternTextBytes else { return }
    for slot in singles { tryOne(slot, text, report) }
    for case let set? in sets {
      let isComplete = set.compiled.match(text) { index in
        if let slot = set.members[index] { report(slots[slot].queries) }
      }
      if isComplete { continue }
      for case let slot? in set.members { tryOne(slot, text, report) }
    }
  }

  private func tryOne(_ slot: Int, _ text: Bytes, _ report: (EntryList) -> Void) {
    // A slot in `singles` or among members is in use.
    if slots[slot].pattern!.matches(text) { report(slots[slot].queries) }
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
    leaveHome(slot)
    slots.remove(slot, leaving: Slot())
    if slots.count == 0 { self = PatternGroup() }
  }

  private mutating func add(_ pattern: Pattern, _ stamp: UInt64) -> Int {
    let slot = slots.insert(
      pattern.source, Slot(pattern: pattern, stamp: stamp, place: singles.count))
    singles.append(slot)
    return slot
  }

  private mutating func leaveHome(_ slot: Int) {
    let place = slots[slot].place
    switch slots[slot].home {
    case .set(let index):
      // A slot's home is a set that is there.
      let wasThin = sets[index]!.isThin
      sets[index]!.members[place] = nil
      sets[index]!.live -= 1
      let isGone = sets[index]!.live == 0
      thinSets += (sets[index]!.isThin && !isGone ? 1 : 0) - (wasThin ? 1 : 0)
      if isGone { sets[index] = nil }
    case .single, .unfit:
      if slots[slot].home == .unfit { unfit -= 1 }
      let last = singles.removeLast()
      if last != slot {
        singles[place] = last
        slots[last].place = place
      }
    }
  }
}

// MARK: Builds

extension PatternGroup {
  /// Fewer patterns than this are tried one by one as fast as in a set.
  private static let worthwhile = 8

  /// Whether a build would lower the cost of matching by much.
  var isBuildDue: Bool {
    guard building == nil else { return false }
    let waiting = singles.count - unfit
    if waiting >= PatternGroup.worthwhile, waiting >= smallestSet / 8 { return true }
    return thinSets > 0
  }

  private var smallestSet: Int { sets.lazy.compactMap { $0?.live }.min() ?? 0 }

  /// The patterns to build a set of: those that wait, and those of the smallest sets, as far as
  /// there is room. Members of joined sets leave them when the build is installed.
  mutating func beginBuild(stamp: UInt64) -> [PatternSetBuild.Member] {
    building = stamp
    let waiting = singles.filter { slots[$0].home == .single }
    var chosen = Array(waiting.prefix(Limits.patternsPerSet))
    for set in sets.compactMap({ $0 }).sorted(by: { $0.live < $1.live }) {
      guard chosen.count + set.live <= Limits.patternsPerSet else { break }
      chosen.append(contentsOf: set.members.compactMap(\.self))
    }
    return chosen.map {
      PatternSetBuild.Member(
        slot: $0, stamp: slots[$0].stamp, pattern: slots[$0].pattern!)
    }
  }

  /// Takes over what a build made; of one that the group does not wait for, nothing.
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
    for (place, member) in members.enumerated() {
      let isCurrent = isCurrent(member)
      installed.members.append(isCurrent ? member.slot : nil)
      guard isCurrent else { continue }
      leaveHome(member.slot)
      slots[member.slot].home = .set(index)
      slots[member.slot].place = place
      installed.live += 1
    }
    guard installed.live > 0 else { return }
    sets[index] = installed
    if installed.isThin { thinSets += 1 }
  }

  private mutating func markUnfit(_ member: PatternSetBuild.Member) {
    guard isCurrent(member), slots[member.slot].home == .single else { return }
    slots[member.slot].home = .unfit
    unfit += 1
  }
}
