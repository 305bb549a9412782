import Generators
import OctopusRecords
import Testing

@testable import OctopusMatching

/// Regular expressions: one by one, in sets, and on the way from one to the other.
@Suite struct PatternTests {
  // The texts are literals of these tests, so an invalid one is a mistake in them.
  static func query(_ text: String) -> Query { try! Query(parsing: text) }
  static func record(_ text: String) -> Record { try! Record(parsing: text) }

  @Test func fiveThousandPatternsMatchBeforeAndAfterBuilds() {
    let index = IndexUnderTest()
    for id in 0..<5_000 {
      index.insert(Self.query("r'[a-z]\(id)$' { a: r'v\(id % 7)' }"), id: Int64(id))
    }
    for id in 5_000..<5_500 { index.insert(Self.query("r'\(id - 5_000)\\.x'"), id: Int64(id)) }
    let records: [Record] = [
      "obj123 { a: 'v4' }", "obj4999 { a: v1 }", "y.42.x {}", "q7 { a: 'v7' }",
    ]
    let expected: [[Int64]] = [[123], [4_999], [5_002, 5_042], []]
    #expect(records.map { index.matches($0) } == expected)
    index.build()
    #expect(index.namePatternSets >= 5)
    #expect(records.map { index.matches($0) } == expected)
    for id in 0..<5_500 where id % 2 == 0 { index.remove(id: Int64(id)) }
    let odd = expected.map { $0.filter { $0 % 2 == 1 } }
    #expect(records.map { index.matches($0) } == odd)
    index.build()
    #expect(records.map { index.matches($0) } == odd)
    for id in 0..<5_500 where id % 2 == 1 { index.remove(id: Int64(id)) }
    #expect(index.isPristine)
  }

  /// A text over the limit is searched neither by a single pattern nor by a set.
  @Test func textsOverTheLimitMatchNothing() throws {
    let index = IndexUnderTest()
    for id in 0..<200 { index.insert(Self.query("_ { text: r'x\(id)$' }"), id: Int64(id)) }
    let fits = String(repeating: "a", count: Limits.patternTextBytes - 2) + "x7"
    for _ in 0..<2 {
      #expect(index.matches(try Record(name: "r", attributes: ["text": .string(fits)])) == [7])
      #expect(index.matches(try Record(name: "r", attributes: ["text": .string("a" + fits)])) == [])
      index.build()
    }
  }

  @Test func equalPatternsShareASlot() {
    let index = IndexUnderTest()
    for id in 0..<1_000 { index.insert(Self.query("r'shared$' { n < \(id) }"), id: Int64(id)) }
    #expect(index.namePatterns == 0, "an interval is better")
    for id in 1_000..<2_000 { index.insert(Self.query("r'shared$'"), id: Int64(id)) }
    #expect(index.namePatterns == 1)
    #expect(index.matches("is.shared {}") == Array(1_000..<2_000))
  }

  @Test func patternsWithASharedPrefixMoveToSets() {
    let index = IndexUnderTest()
    for id in 0..<100 { index.insert(Self.query("r'^hw\\.[a-z]*\(id)$'"), id: Int64(id)) }
    #expect(index.prefixes == 1 && index.namePatterns > 50)
    index.build()
    for id in 0..<100 { #expect(index.matches(Self.record("hw.pci\(id)")) == [Int64(id)]) }
  }

  @Test func prefixesOfEveryLengthMatch() {
    let index = IndexUnderTest()
    let name = String(repeating: "n", count: 200)
    for id in 1...200 { index.insert(Self.query("r'^\(name.prefix(id))'"), id: Int64(id)) }
    for length in [1, 2, 63, 64, 65, 199, 200] {
      let record = Self.record(String(name.prefix(length)))
      #expect(index.matches(record) == Array(1...Int64(length)))
    }
  }

  @Test func changesDuringABuildAreKept() {
    let index = IndexUnderTest()
    for id in 0..<20 { index.insert(Self.query("_ { a: r'x\(id)x' }"), id: Int64(id)) }
    let build = index.pendingBuild()!
    #expect(index.pendingBuild() == nil, "one build for a group at a time")
    index.remove(id: 3)
    index.remove(id: 4)
    // The slot of a pattern in the build is used for another.
    index.insert(Self.query("_ { a: r'other' }"), id: 4)
    let built = build.run()
    let probe: Record = "r { a: 'x3x x4x x5x other' }"
    #expect(index.matches(probe) == [4, 5])
    index.install(built)
    #expect(index.matches(probe) == [4, 5])
    index.install(built)
    #expect(index.matches(probe) == [4, 5], "a build counts once")
  }

  @Test func aBuildOfRemovedPatternsIsIgnored() {
    let index = IndexUnderTest()
    for id in 0..<20 { index.insert(Self.query("_ { a: r'x\(id)x' }"), id: Int64(id)) }
    let built = index.pendingBuild()!.run()
    for id in 0..<20 { index.remove(id: Int64(id)) }
    #expect(index.isPristine)
    index.install(built)
    #expect(index.isPristine)
    // The attribute's number is now used for another.
    for id in 0..<20 { index.insert(Self.query("_ { b: r'y\(id)y' }"), id: Int64(id)) }
    index.install(built)
    #expect(index.matches("r { a: 'x3x', b: 'x4x y5y' }") == [5])
  }

  @Test func patternsTooLargeForASetAreMatchedSingly() {
    let index = IndexUnderTest()
    for id in 0..<20 { index.insert(Self.query("r'x\(id)x'"), id: Int64(id)) }
    let build = index.pendingBuild()!
    var built = BuiltPatternSets(attribute: build.attribute, stamp: build.stamp)
    built.parts = [
      (CompiledPatternSet(build.members[..<10].map(\.pattern)), build.members[..<10]),
      (nil, build.members[10...]),
    ]
    index.install(built)
    #expect(index.pendingBuild() == nil, "what cannot be built is not due")
    for id in 0..<20 { #expect(index.matches(Self.record("x\(id)x")) == [Int64(id)]) }
    for id in 0..<20 { index.remove(id: Int64(id)) }
    #expect(index.isPristine)
  }

  @Test(arguments: [Limits.patternInstructions, Limits.instructionsOfNameSet])
  func setsHaveAsManyInstructionsAsArePermitted(most: Int) {
    let patterns = (0..<300).map { Self.query("r'\($0)[a-z]{90}'").clause.patterns[0] }
    let build = PatternSetBuild(
      attribute: 0, stamp: 1, setInstructions: most,
      members: patterns.enumerated().map {
        PatternSetBuild.Member(slot: $0.offset, stamp: 1, pattern: $0.element)
      })
    let built = build.run()
    #expect(built.parts.flatMap { $0.members.map(\.slot) } == Array(0..<300))
    for (set, _) in built.parts {
      #expect(set.map { $0.instructions <= most } == true)
      #expect(set.map { $0.longestText >= Limits.patternWork / most } == true)
    }
    let all = patterns.reduce(0) { $0 + $1.instructions }
    #expect(built.parts.count <= all / most + 2)
  }

  @Test func largePatternsAreInNoSet() {
    let index = IndexUnderTest()
    for id in 0..<20 { index.insert(Self.query("r'x\(id)[a-z]{200}'"), id: Int64(id)) }
    #expect(index.pendingBuild() == nil)
    let letters = String(repeating: "a", count: 200)
    for id in 0..<20 { #expect(index.matches(Self.record("x\(id)\(letters)")) == [Int64(id)]) }
    for id in 0..<20 { index.remove(id: Int64(id)) }
    #expect(index.isPristine)
  }

  /// A set searches no text that is so long that this could take long; its patterns do.
  @Test func textsTooLongForASetAreSearchedByEachPattern() {
    let index = IndexUnderTest()
    for id in 0..<100 { index.insert(Self.query("_ { a: r'x\(id)[a-z]+y' }"), id: Int64(id)) }
    index.build()
    for count in [100, 1_000, 4_000, 8_000] {
      let text = String(repeating: "-", count: count) + "x7ay-x99by"
      #expect(index.matches(Self.record("r { a: '\(text)' }")) == [7, 99], "\(count)")
    }
  }

  @Test func costOfAMatchIsThatOfTheSetsOrOfEachPattern() {
    let index = IndexUnderTest()
    for id in 0..<1_000 { index.insert(Self.query("r'x\(id)[a-z]+y'"), id: Int64(id)) }
    let name: Record = "an.ordinary.name.of.30.letters {}"
    let singly = index.cost(name)
    #expect(singly >= 1_000 * MatchCost.search && singly < 1_000 * 150)
    index.build()
    let inSets = index.cost(name)
    #expect(inSets * 20 < singly)
    let text: Record = "r { a: 'an ordinary text' }"
    #expect(index.cost(text) < inSets, "the name is shorter, and nobody asks for the text")
  }

  /// Each text makes the automata of the sets build states at each letter.
  @Test func costOfHostilePatternsIsThatOfTheStates() throws {
    var random = Random.logged()
    let index = IndexUnderTest()
    var instructions = 0
    for id in 0..<100 {
      let query = Self.query("_ { a: r'a[ab]{\(id % 40 + 3)}\(id)' }")
      instructions += query.clause.patterns[0].instructions
      index.insert(query, id: Int64(id))
    }
    index.build()
    let letters = 500
    let cost = try (0..<100).reduce(0) { sum, _ in
      let text = String((0..<letters).map { _ in random.pick(["a", "b"] as [Character]) })
      return sum + index.cost(try Record(name: "r", attributes: ["a": .string(text)]))
    }
    // A state for each letter, in sets whose instructions are together those of the patterns.
    let states = 100 * letters * instructions * 12
    #expect(cost > states / 3 && cost < states * 3 / 2)
  }

  @Test func sparseSetsAreRebuiltAndSmallOnesJoined() {
    let index = IndexUnderTest()
    for id in 0..<3_000 {
      index.insert(Self.query("r'p\(id)x'"), id: Int64(id))
      if id % 100 == 0 { index.build() }
    }
    index.build()
    for id in 0..<2_900 { index.remove(id: Int64(id)) }
    index.build()
    #expect(index.namePatternSets == 1)
    for id in 2_900..<3_000 {
      #expect(index.matches(Self.record("p\(id)x")) == [Int64(id)])
    }
  }
}
