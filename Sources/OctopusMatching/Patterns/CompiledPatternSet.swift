import CRE2
import OctopusRecords

/// Many patterns compiled into one automaton, which finds all that match a text in one pass.
// Safe to share: an RE2 set is immutable once compiled and documented as thread-safe.
package final class CompiledPatternSet: @unchecked Sendable {
  private let set: OpaquePointer

  /// Nil if RE2 cannot hold these patterns together.
  ///
  /// Complexity: about 10 µs a pattern.
  init?(_ patterns: some Sequence<Pattern>) {
    set = cre2_set_new(Limits.patternSetBytes)
    for pattern in patterns {
      let index = pattern.source.withUnsafeBytes {
        cre2_set_add(set, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      }
      if index < 0 { return nil }
    }
    if !cre2_set_compile(set) { return nil }
  }

  deinit { cre2_set_free(set) }

  /// Reports the index of every pattern that matches; false, and reports none, if RE2 ran out of
  /// memory on this text.
  func match(_ text: Bytes, _ report: (Int) -> Void) -> Bool {
    withUnsafeTemporaryAllocation(of: CInt.self, capacity: Limits.patternsPerSet) { indexes in
      let count = text.withMemoryRebound(to: CChar.self) {
        cre2_set_matches(
          set, $0.baseAddress, $0.count, indexes.baseAddress, CInt(indexes.count))
      }
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
  var members: [Member]

  /// Compiles the patterns into one set, or into several where RE2 cannot hold them all in one.
  package func run() -> BuiltPatternSets {
    var built = BuiltPatternSets(attribute: attribute, stamp: stamp)
    compile(members[...], into: &built)
    return built
  }

  private func compile(_ members: ArraySlice<Member>, into built: inout BuiltPatternSets) {
    if let set = CompiledPatternSet(members.lazy.map(\.pattern)) {
      built.parts.append((set, members))
    } else if members.count > 1 {
      let middle = members.startIndex + members.count / 2
      compile(members[..<middle], into: &built)
      compile(members[middle...], into: &built)
    } else {
      built.parts.append((nil, members))
    }
  }
}

/// Compiled sets, to be installed in the index that asked for them.
package struct BuiltPatternSets: Sendable {
  var attribute: UInt32
  var stamp: UInt64
  /// Without a set: a pattern that no set can hold.
  var parts: [(set: CompiledPatternSet?, members: ArraySlice<PatternSetBuild.Member>)] = []
}
