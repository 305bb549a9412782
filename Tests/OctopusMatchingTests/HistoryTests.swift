import Generators
import OctopusRecords
import Testing

@testable import OctopusMatching

/// The index against its reference model: a list of all queries, each of which is tried.
@Suite struct HistoryTests {
  struct Model {
    var queries: [Int64: Query] = [:]
    var ids: [Int64] = []

    mutating func insert(_ query: Query, id: Int64) {
      queries[id] = query
      ids.append(id)
    }

    mutating func removeAny(_ random: inout Random) -> Int64? {
      if ids.isEmpty { return nil }
      ids.swapAt(Int.random(in: ids.indices, using: &random), ids.count - 1)
      queries[ids.last!] = nil
      return ids.removeLast()
    }

    func matches(_ record: Record) -> [Int64] {
      queries.filter { $0.value.matches(record) }.keys.sorted()
    }
  }

  /// Builds that were begun; they are run, installed late and out of order, or dropped.
  struct Builds {
    var begun: [PatternSetBuild] = []
    var finished: [BuiltPatternSets] = []

    mutating func work(_ index: IndexUnderTest, _ random: inout Random) {
      if random.chance(50), let build = index.pendingBuild() { begun.append(build) }
      if random.chance(50), !begun.isEmpty {
        finished.append(begun.remove(at: Int.random(in: begun.indices, using: &random)).run())
      }
      if random.chance(50), !finished.isEmpty {
        index.install(finished.remove(at: Int.random(in: finished.indices, using: &random)))
      }
      if random.chance(2) { begun = [] }
    }
  }

  @Test(arguments: QueryGenerator.Style.allCases, [true, false])
  func agreesWithAListOverLongHistories(style: QueryGenerator.Style, builds: Bool) {
    let salt = UInt64(QueryGenerator.Style.allCases.firstIndex(of: style)!)
    var generator = QueryGenerator(
      random: Random.logged(salt: salt), style: style)
    let index = IndexUnderTest()
    var model = Model()
    var work = Builds()
    var next: Int64 = 0
    // The index grows and shrinks several times, to nothing each time.
    for target in [300, 20, 600, 0, 200, 0] {
      for step in 0..<1_500 {
        let grows = generator.random.chance(model.queries.count < target ? 70 : 30)
        if grows {
          let query = generator.query()
          // Ids go up and down, so that the order of insertion is not that of ids.
          let id = next % 2 == 0 ? next : -next
          next += 1
          model.insert(query, id: id)
          index.insert(query, id: id)
        } else if let id = model.removeAny(&generator.random) {
          #expect(index.remove(id: id))
        }
        if builds { work.work(index, &generator.random) }
        guard step % 8 == 0 else { continue }
        let record = generator.record()
        #expect(index.matches(record) == model.matches(record), "\(record)")
        #expect(index.count == model.queries.count)
      }
      guard target == 0 else { continue }
      while let id = model.removeAny(&generator.random) { index.remove(id: id) }
      #expect(index.isPristine)
    }
    for build in work.begun { index.install(build.run()) }
    #expect(index.isPristine && index.count == 0)
  }

  @Test func removingAnUnknownIDReturnsFalse() {
    let index = IndexUnderTest()
    #expect(!index.remove(id: 1))
    index.insert("a", id: 1)
    #expect(!index.remove(id: 2))
    #expect(index.remove(id: 1))
    #expect(!index.remove(id: 1))
    #expect(index.isPristine)
  }

  /// Each query has an attribute, a prefix and a pattern that no other has.
  @Test func churnReusesFreedSlots() throws {
    let index = IndexUnderTest()
    index.insert("r'^always$'", id: -1)
    index.insert("r'always$'", id: -2)
    index.insert("_ { always: 1 }", id: -3)
    for id: Int64 in 0..<5_000 {
      let query =
        switch id % 4 {
        case 0: "_ { a\(id): 1 }"
        case 1: "r'^p\(id)\\.' {}"
        case 2: "r'\(id)$' {}"
        default: "_ { a\(id) > 1, a\(id) < 5 }"
        }
      index.insert(try Query(parsing: query), id: id)
      if id % 100 == 99 { index.build() }
      if id >= 40 { index.remove(id: id - 40) }
    }
    #expect(index.count == 43)
    #expect(index.slotsHeld.allSatisfy { $0 <= 50 }, "\(index.slotsHeld)")
    #expect(index.namePatternSets <= 3)
    #expect(index.matches("always { always: 1.0 }") == [-3, -2, -1])
  }

  @Test func invalidLiteralsMatchNothing() {
    let index = IndexUnderTest()
    index.insert("this is { not", id: 1)
    #expect(index.matches("a {}") == [])
  }
}
