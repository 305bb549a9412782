import CRE2
import OctopusRecords

/// Many patterns compiled into one automaton, which finds all that match a text in one pass.
// Safe to share: an RE2 set is immutable once compiled and documented as thread-safe.
package final class CompiledPatternSet: @unchecked Sendable {
  private let set: OpaquePointer
  /// The size of the compiled program, within a few per cent.
  let instructions: Int
  /// The set is for texts up to this length; a longer one is searched for each pattern alone, so
  /// that no match takes long.
  let longestText: Int

  /// Nil if RE2 cannot hold these patterns together.
  ///
  /// Complexity: about 10 µs a pattern.
  init?(_ patterns: some Sequence<Pattern>) {
    set = cre2_set_new(Int64(patterns.reduce(0) { $0 + $1.memoryInSets }))
    instructions = patterns.reduce(0) { $0 + $1.instructions }
    longestText = Limits.patternWork / max(instructions, 1)
    for pattern in patterns {
      let index = pattern.source.withUnsafeBytes {
        cre2_set_add(set, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      }
      if index < 0 { return nil }
    }
    if !cre2_set_compile(set) { return nil }
  }

  deinit { cre2_set_free(set) }

  /// Reports the index of every pattern that matches, and adds the cost, in units of `MatchCost`;
  /// false, and reports none, if the text is too long or RE2 ran out of memory on it.
  func match(_ text: Bytes, cost: inout Int, _ report: (Int) -> Void) -> Bool {
    guard text.count <= longestText else { return false }
    return withUnsafeTemporaryAllocation(of: CInt.self, capacity: Limits.patternsPerBuild) {
      indexes in
      var effort = cre2_effort()
      let count = text.withMemoryRebound(to: CChar.self) {
        cre2_set_matches(
          set, $0.baseAddress, $0.count, indexes.baseAddress, CInt(indexes.count), &effort)
      }
      cost &+= MatchCost.match(text.count, instructions: instructions, effort)
      guard count >= 0 else { return false }
      for index in indexes.prefix(Int(count)) { report(Int(index)) }
      return true
    }
  }
}

/// The work of compiling sets, apart from the index: it can run anywhere, for as long as it takes.
package struct PatternSetBuild: Sendable {
  /// A pattern, and which use of which slot of its group it is for.
  struct Member: Sendable {
    var slot: Int
    var stamp: UInt64
    var pattern: Pattern
  }

  /// The attribute whose patterns these are, or `PatternGroup.ofNames`.
  var attribute: UInt32
  var stamp: UInt64
  /// How many instructions the patterns of one set have at most.
  var setInstructions: Int
  var members: [Member]

  /// Compiles the patterns into sets, each as large as is permitted.
  package func run() -> BuiltPatternSets {
    var built = BuiltPatternSets(attribute: attribute, stamp: stamp)
    var rest = members[...]
    while !rest.isEmpty {
      var room = setInstructions
      let part = rest.prefix { member in
        room -= member.pattern.instructions
        return room >= 0
      }
      built.parts.append((CompiledPatternSet(part.lazy.map(\.pattern)), part))
      rest = rest[part.endIndex...]
    }
    return built
  }
}

/// Compiled sets, to be installed in the index that asked for them.
package struct BuiltPatternSets: Sendable {
  var attribute: UInt32
  var stamp: UInt64
  /// Without a set: a pattern that no set can hold.
  var parts: [(set: CompiledPatternSet?, members: ArraySlice<PatternSetBuild.Member>)] = []
}
