import Generators
import OctopusRecords
import Testing

@testable import OctopusStore

/// Which index a query uses and how many candidates it examines, as EXPLAIN shows them.
@Suite struct PlanTests {
  /// 10,000 devices on 100 buses; every hundredth has `rare`, ten have the vendor `acme`.
  private func devices(stepBudget: Int = Work.stepBudget) throws -> Store {
    var store = Store(stepBudget: stepBudget, lazyThreshold: .max)
    for number in 0..<10_000 {
      var pairs: [(String, Value)] = [
        ("bus", .integer(Int64(number / 100))), ("isUp", .boolean(number % 2 == 0)),
        ("serial", .string("SN-\(number)")),
        ("vendor", .symbol(number % 1_000 == 1 ? "acme" : "other")),
      ]
      if number % 100 == 0 { pairs.append(("rare", .integer(Int64(number)))) }
      if number % 50 == 0 { pairs.append(("it's@", .integer(Int64(number)))) }
      let record = try Record(name: "hw.\(number % 4 == 0 ? "usb" : "pci").\(number)", pairs: pairs)
      store.write(Row(record: record, revision: 1, created: 1, owner: 0))
    }
    return store
  }

  private static let plans: [(query: Query, index: String, candidates: Int)] = [
    ("_ { vendor: acme }", "value of vendor", 10),
    ("_ { vendor: 'acme', isUp: false }", "values of 2 attributes", 10),
    ("_ { isUp: true, vendor: other, bus: 5 }", "values of 3 attributes", 50),
    ("_ { serial: 'SN-77' }", "value of serial", 1),
    ("_ { 'it\\'s@': 150 }", "value of 'it\\'s@'", 1),
    ("_ { 'it\\'s@' < 1000, 'vendor': _ }", "range of 'it\\'s@'", 20),
    ("_ { bus >= 98 }", "range of bus", 200),
    ("_ { bus > 3, bus < 5, isUp: true }", "range of bus", 100),
    ("_ { rare: _ }", "range of rare", 100),
    // Presence may be the rarest, whatever other constraints there are, in whatever order.
    ("_ { isUp: true, rare: _ }", "range of rare", 100),
    ("_ { rare: _, vendor: other }", "range of rare", 100),
    ("_ { serial: r'^SN-777' }", "range of serial", 11),
    ("_ { serial: r'^SN-777', isUp: _ }", "range of serial", 11),
    ("hw.pci.5 { bus: 0 }", "name", 1),
    (#"r'^hw\.usb\.'"#, "names from 'hw.usb.'", 2_500),
    (#"r'^hw\.usb\.' { vendor: acme }"#, "value of vendor", 10),
    (#"r'usb' { vendor: acme }"#, "value of vendor", 10),
    ("_ { vendor: nobody }", "none", 0),
    ("_ { nothing: _ }", "none", 0),
    ("_ { vendor > 5 }", "none", 0),
    ("_ { bus: r'1' }", "none", 0),
    ("_ { bus < 5, bus > 5 }", "none", 0),
    ("hw.pci.20000", "name", 0),
    (#"r'^nothing\.'"#, "names from 'nothing.'", 0),
    ("_", "names", 10_000),
  ]

  @Test func theMostSelectiveIndexIsUsed() throws {
    let store = try devices()
    for (query, index, candidates) in Self.plans {
      let selection = try store.select(query, ReadOptions())
      #expect(selection.index == index, "\(query)")
      #expect(selection.candidates == candidates, "\(query)")
      #expect(selection.rows.count <= candidates)
    }
  }

  @Test func aPrefixEndingInDigitsScansARangeForEachLength() throws {
    let store = try devices()
    let selection = try store.select(#"r'^hw\.usb\.12'"#, ReadOptions())
    #expect(selection.index == "names from 'hw.usb.12'")
    let names = (0..<2_500).map { "hw.usb.\($0 * 4)" }.filter { $0.hasPrefix("hw.usb.12") }
    #expect(selection.candidates == names.count)
    #expect(selection.rows.map { store[$0].record.name } == names)
    let zero = try store.select(#"r'^hw\.usb\.0'"#, ReadOptions())
    #expect(zero.index == "names from 'hw.usb.'" && zero.rows.count == 1)
  }

  /// Numbers of all lengths, some with leading zeros, some with a suffix.
  @Test func prefixesEndingInDigitsFindTheSameAsAFilter() throws {
    var random = Random()
    let seed = random.seed
    func pick(_ choices: [String]) -> String { choices.randomElement(using: &random)! }
    func digits(_ count: Int) -> String {
      (0..<count).map { _ in pick(["0", "1", "2", "9"]) }.joined()
    }
    var store = Store(stepBudget: .max)
    var names: Set<String> = []
    for _ in 0..<3_000 {
      let length = [1, 2, 3, 4, 5, 9, 30].randomElement(using: &random)!
      let name = pick(["a", "ab", "a1b"]) + digits(length) + pick(["", "", "x", "-7"])
      names.insert(name)
      let record = try Record(name: name, pairs: [])
      store.write(Row(record: record, revision: 1, created: 1, owner: 0))
    }
    let sorted = names.sorted(by: isBefore)
    for _ in 0..<500 {
      let prefix = pick(["a", "ab", "a1b"]) + digits(Int.random(in: 0..<5, using: &random))
      let first =
        Bool.random(using: &random) ? Int.random(in: 0..<sorted.count, using: &random) : -1
      let after = first < 0 ? nil : Array(sorted[first].utf8)
      let query = try Query(parsing: "r'^\(prefix)'")
      store.budget.renew()
      let found = try store.select(query, ReadOptions(after: after))
      #expect(
        found.rows.map { store[$0].record.name }
          == sorted[(first + 1)...].filter { $0.hasPrefix(prefix) }, "\(prefix), seed \(seed)")
    }
  }

  private func isBefore(_ a: String, _ b: String) -> Bool {
    Array(a.utf8).withUnsafeBufferPointer { a in
      Array(b.utf8).withUnsafeBufferPointer { compareNaturally(a, $0) < 0 }
    }
  }

  @Test func pagesOfFrequentValuesAreScanned() throws {
    let store = try devices()
    let page = try store.select("_ { isUp: true }", ReadOptions(limit: 10))
    #expect(page.index == "names" && page.candidates <= 30)
    let next = try store.select(
      "_ { isUp: true }", ReadOptions(limit: 10, after: Array("hw.usb.200".utf8)))
    #expect(next.rows.map { store[$0].record.name }.first == "hw.usb.204")
    #expect(next.candidates <= 30)
  }

  /// The scan costs no more than the index would have.
  @Test func aScanOverItsBudgetFallsBackToTheIndex() throws {
    var store = Store(stepBudget: .max)
    for number in 0..<20_000 {
      // Every other one is special, but all of those come last.
      let record = try Record(
        name: "row\(number)", pairs: [("special", .boolean(number >= 10_000))])
      store.write(Row(record: record, revision: 1, created: 1, owner: 0))
    }
    let selection = try store.select("_ { special: true }", ReadOptions(limit: 5))
    #expect(selection.rows.map { store[$0].record.name } == (0..<5).map { "row\(10_000 + $0)" })
    #expect(selection.candidates < 80_000)
  }

  @Test func frequentValuesThatAreRareTogetherAreIntersected() throws {
    var store = Store(stepBudget: .max)
    for number in 0..<20_000 {
      let pairs = (0..<4).map { ("a\($0)", Value.integer(Int64((number >> ($0 * 3)) % 8))) }
      let record = try Record(name: "row\(number)", pairs: pairs)
      store.write(Row(record: record, revision: 1, created: 1, owner: 0))
    }
    let query: Query = "_ { a0: 7, a1: 7, a2: 7, a3: 7 }"
    let selection = try store.select(query, ReadOptions(limit: 1))
    #expect(selection.index == "values of 4 attributes")
    #expect(selection.rows.map { store[$0].record.name } == ["row4095"])
    #expect(selection.candidates < 10)
  }

  @Test func readsThatWouldTakeMoreWorkThanTheBudgetAreRefused() throws {
    let query: Query = #"r'^hw\.usb\.'"#
    let work = 2_500 * (query.expectedWork + Work.match)
    let store = try devices(stepBudget: work)
    for query: Query in [#"r'^hw\.'"#, "r'5'", "_ { isUp: true }", "_ { bus < 99 }", "_"] {
      store.budget.renew()
      #expect(throws: ReadFailure.self, "\(query)") { try store.select(query, ReadOptions()) }
    }
    store.budget.renew()
    #expect(try store.select(query, ReadOptions()).rows.count == 2_500)
    #expect(!store.budget.isSpent)
    store.budget.renew()
    #expect(try store.select("_", ReadOptions(limit: 5)).rows.count == 5)
    #expect(try store.count("_") == 10_000)
    #expect(try store.count("_ { isUp: true }") == 5_000)
    #expect(try store.count("_ { bus < 99 }", most: 1) == 1)
    store.budget.renew(to: -1)
    #expect(throws: ReadFailure.budgetSpent(examined: 0)) {
      try store.select("hw.usb.1", ReadOptions())
    }
  }

  @Test func pagesEndWhenTheBudgetIsSpentAndTogetherGiveAllMatches() throws {
    let store = try devices(stepBudget: 100_000)
    for query: Query in ["_", "r'5'", "_ { isUp: true }", "_ { bus < 99, isUp: true }"] {
      store.budget.renew(to: .max)
      let all = try store.select(query, ReadOptions()).rows
      var found: [RowID] = []
      var after: [UInt8]?
      var pages = 0
      repeat {
        store.budget.renew()
        let page = try store.select(query, ReadOptions(limit: 400, after: after, isPage: true))
        #expect(page.rows.count <= 400)
        found += page.rows
        after = page.next.map { Array(store[$0].record.name.utf8) }
        pages += 1
      } while after != nil
      #expect(found == all, "\(query)")
      #expect(pages > 10, "\(query)")
    }
  }

  @Test func hiddenRowsAreNotCandidates() throws {
    let store = try devices()
    let hidesUSB: (Bytes) -> Bool = { !$0.starts(with: "hw.usb".utf8) }
    for query: Query in ["_ { bus: 5 }", "_ { bus < 6, bus > 4 }", "r'.' { bus: 5, isUp: _ }"] {
      let selection = try store.select(query, ReadOptions(isVisible: hidesUSB))
      #expect(selection.rows.count == 75, "\(query)")
      #expect(selection.candidates == 75, "\(query)")
    }
    let selection = try store.select("_", ReadOptions(isVisible: hidesUSB))
    #expect(selection.rows.count == 7_500 && selection.candidates == 7_500)
    #expect(try store.count("_", isVisible: hidesUSB) == 7_500)
    #expect(try store.count("_ { bus: 5 }", isVisible: hidesUSB) == 75)
    #expect(try store.select("hw.usb.4", ReadOptions(isVisible: hidesUSB)).candidates == 0)
    #expect(try store.first("_ { rare: 0 }", isVisible: hidesUSB) == nil)
  }
}
