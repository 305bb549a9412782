import OctopusRecords
import OctopusStore

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
    var ring = HashTable.none
    /// Tells uses of a slot apart.
    var stamp: UInt64 = 0
    var home = Home.single
    /// The index in `singles`, or in the members of the set.
    var place: UInt32 = 0
  }

  enum Home: Equatable {
    case single
    /// Single for good: no set can hold it.
    case unfit
    case set(Int)
  }

  private struct MemberSet {
    var compiled: CompiledPatternSet
    /// The slot of each pattern of the set; `HashTable.none` where it is masked.
    var members: [UInt32]
    var live = 0

    /// Whether most of it is masked.
    var isThin: Bool { live * 2 < members.count }
  }

  private(set) var slots: [Slot] = []
  private var unused: [UInt32] = []
  private var texts = HashTable()
  /// The slots that are tried one by one.
  private var singles: [UInt32] = []
  private var unfit = 0
  private var sets: [MemberSet?] = []
  /// The stamp of the build that is under way.
  private var building: UInt64?
  /// How many sets are mostly masked.
  private var thinSets = 0

  /// How many different patterns there are.
  var count: Int { texts.count }
  /// How many compiled sets there are.
  var setCount: Int { sets.lazy.filter { $0 != nil }.count }

  /// Reports the ring of every pattern that matches the text, in no particular order.
  func match(_ text: Bytes, _ report: (UInt32) -> Void) {
    guard text.count <= Limits.patternTextBytes else { return }
    for slot in singles { tryOne(slot, text, report) }
    for case let set? in sets {
      let isComplete = set.compiled.match(text) { index in
        let slot = set.members[index]
        if slot != HashTable.none { report(slots[Int(slot)].ring) }
      }
      if isComplete { continue }
      for slot in set.members where slot != HashTable.none { tryOne(slot, text, report) }
    }
  }

  private func tryOne(_ slot: UInt32, _ text: Bytes, _ report: (UInt32) -> Void) {
    // A slot in `singles` or among members is in use.
    if slots[Int(slot)].pattern!.matches(text) { report(slots[Int(slot)].ring) }
  }

  /// The ring of those that ask for exactly this pattern.
  func ring(_ pattern: Pattern) -> UInt32 {
    locate(pattern).place.map { slots[Int(texts[$0])].ring } ?? HashTable.none
  }

  /// Files an entry under a pattern, and returns its slot. `stamp` is given only once.
  mutating func insert(
    _ entry: UInt32, _ pattern: Pattern, stamp: UInt64, _ entries: inout EntryTable
  ) -> UInt32 {
    let (hash, place) = locate(pattern)
    let slot = place.map { texts[$0] } ?? add(pattern, hash, stamp)
    entries.link(entry, into: &slots[Int(slot)].ring)
    return slot
  }

  mutating func remove(_ entry: UInt32, from slot: UInt32, _ entries: inout EntryTable) {
    entries.unlink(entry, from: &slots[Int(slot)].ring)
    if slots[Int(slot)].ring == HashTable.none { drop(slot) }
  }

  private func locate(_ pattern: Pattern) -> (hash: UInt32, place: Int?) {
    pattern.source.withUnsafeBufferPointer { source in
      var hash = KeyHash()
      hash.combine(source)
      let value = hash.value
      return (value, texts.find(value) { slots[Int($0)].pattern!.source == pattern.source })
    }
  }

  private mutating func add(_ pattern: Pattern, _ hash: UInt32, _ stamp: UInt64) -> UInt32 {
    let index = unused.popLast() ?? UInt32(slots.count)
    if index == slots.count { slots.append(Slot()) }
    slots[Int(index)] = Slot(pattern: pattern, stamp: stamp, place: UInt32(singles.count))
    singles.append(index)
    texts.insert(hash, index)
    return index
  }

  private mutating func drop(_ slot: UInt32) {
    // In use, therefore it has a pattern, which is in `texts`.
    texts.remove(at: locate(slots[Int(slot)].pattern!).place!)
    leaveHome(slot)
    slots[Int(slot)] = Slot()
    unused.append(slot)
    guard texts.count == 0 else { return }
    self = PatternGroup()
  }

  private mutating func leaveHome(_ slot: UInt32) {
    let place = Int(slots[Int(slot)].place)
    switch slots[Int(slot)].home {
    case .set(let index):
      // A slot's home is a set that is there.
      let wasThin = sets[index]!.isThin
      sets[index]!.members[place] = HashTable.none
      sets[index]!.live -= 1
      let isGone = sets[index]!.live == 0
      thinSets += (sets[index]!.isThin && !isGone ? 1 : 0) - (wasThin ? 1 : 0)
      if isGone { sets[index] = nil }
    case .single, .unfit:
      if slots[Int(slot)].home == .unfit { unfit -= 1 }
      let last = singles.removeLast()
      if last != slot {
        singles[place] = last
        slots[Int(last)].place = UInt32(place)
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
    let waiting = singles.filter { slots[Int($0)].home == .single }
    var chosen = Array(waiting.prefix(Limits.patternsPerSet))
    for set in sets.compactMap({ $0 }).sorted(by: { $0.live < $1.live }) {
      guard chosen.count + set.live <= Limits.patternsPerSet else { break }
      chosen.append(contentsOf: set.members.filter { $0 != HashTable.none })
    }
    return chosen.map {
      PatternSetBuild.Member(
        slot: $0, stamp: slots[Int($0)].stamp, pattern: slots[Int($0)].pattern!)
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
    slots[Int(member.slot)].pattern != nil && slots[Int(member.slot)].stamp == member.stamp
  }

  private mutating func install(
    _ set: CompiledPatternSet, _ members: ArraySlice<PatternSetBuild.Member>
  ) {
    let index = sets.firstIndex { $0 == nil } ?? sets.count
    if index == sets.count { sets.append(nil) }
    var installed = MemberSet(compiled: set, members: [])
    for (place, member) in members.enumerated() {
      let isCurrent = isCurrent(member)
      installed.members.append(isCurrent ? member.slot : HashTable.none)
      guard isCurrent else { continue }
      leaveHome(member.slot)
      slots[Int(member.slot)].home = .set(index)
      slots[Int(member.slot)].place = UInt32(place)
      installed.live += 1
    }
    guard installed.live > 0 else { return }
    sets[index] = installed
    if installed.isThin { thinSets += 1 }
  }

  private mutating func markUnfit(_ member: PatternSetBuild.Member) {
    guard isCurrent(member), slots[Int(member.slot)].home == .single else { return }
    slots[Int(member.slot)].home = .unfit
    unfit += 1
  }
}
