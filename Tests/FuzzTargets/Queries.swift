import OctopusEngine
import OctopusRecords
import OctopusStore

// The text of queries, and what they find: a query, and on the lines after it records beside those
// that are always there.
extension FuzzTarget {
  static let queries = FuzzTarget("queries") { input in
    let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let source = Array(lines.first ?? [])
    try checkApart(source, Query.init) { $0.text }
    guard let query = try read(source, Query.init) else { return }
    let again = try read(query.text, Query.init)
    try expect(again == query && again?.text == query.text, "\(query) again")
    var records: [[UInt8]: Record] = [:]
    for record in always { records[record.key] = record }
    for line in lines.dropFirst().prefix(64) {
      if let record = try read(Array(line), Record.init) { records[record.key] = record }
    }
    let all = records.values.sorted { precedes($0.key, $1.key) }
    let matching = all.filter { naivelyMatches(query, $0) }
    for record in all {
      let isMatch = matching.contains(record)
      try expect(query.matches(record) == isMatch, "\(query) matches \(record): not \(isMatch)")
    }
    try checkStore(query, all, matching)
    try checkEngine(query, source, all, matching)
  }

  /// What every query is tried on: values near each other, of every kind, many of them and few.
  private static let always: [Record] = {
    let odd = [
      "a { a: 1 }", "a1 { a: 1.0, b: 'x' }", "a01 { a: 2, b: x }", "a2b { a: 9007199254740993 }",
      "a10 { a: 9007199254740992.0, c: true }", "'_ ' { a: -0.0, c: false }", "b { a: 'é' }",
      "'hw.pci/1' { a: 9223372036854775807, b: '' }", "B { a: -9223372036854775808 }", "b1 {}",
      "hw.pci { a: 9.3e18, b: 'it\\'s' }", "hw.pci.1 { b: 'xyz', c: on, d: 1e-300 }",
      "q { '@a': 1, ' ': '' }", "q1 { '@a': 2.5, b: 'x', 'it\\'s': on }", "q2 { 'it\\'s': 'off' }",
    ]
    let alike = (0..<20).map { "r\($0) { a: \($0 % 3), b: 'v\($0 % 2)', d: \($0).5 }" }
    return (odd + alike).map { try! Record(parsing: $0) }  // They are records.
  }()

  private static func checkStore(_ query: Query, _ all: [Record], _ matching: [Record]) throws {
    var store = Store()
    for record in all { store.write(Row(record: record, revision: 1, created: 1, owner: 0)) }
    func found(_ wanted: ReadOptions) throws -> [Record] {
      var found: [Record] = []
      for row in try store.select(query, wanted).rows { found.append(store[row].record) }
      return found
    }
    try expect(try found(ReadOptions()) == matching, "\(query) finds \(matching)")
    let unordered = try found(ReadOptions(isOrdered: false)).sorted { precedes($0.key, $1.key) }
    try expect(unordered == matching, "\(query) finds \(matching) in any order")
    try expect(try store.count(query) == matching.count, "\(query) counts \(matching)")
    let first = try store.first(query)
    try expect(first.map { store[$0].record } == matching.first, "\(query): first of \(matching)")
    let after = all[all.count / 2].key
    let page = Array(matching.filter { precedes(after, $0.key) }.prefix(2))
    try expect(
      try found(ReadOptions(limit: 2, after: after)) == page,
      "\(query) finds \(page) after \(after)")
    for record in all { _ = record.key.withUnsafeBufferPointer { store.erase($0) } }
    try expect(try found(ReadOptions()) == [] && store.textBytes == 0, "\(query) finds nothing")
  }

  /// A watch reports records that match, and no others.
  private static func checkEngine(
    _ query: Query, _ source: [UInt8], _ all: [Record], _ matching: [Record]
  ) throws {
    var engine = Engine()
    func heard(_ input: Input) -> [String] {
      var effects: [Effect] = []
      engine.step(input, now: 0, into: &effects)
      return effects.compactMap { effect in
        switch effect {
        case .event(let event, _): event.record.map { "\(event.kind) \($0)" }
        case .message(let record, _, _): "message \(record)"
        default: nil
        }
      }
    }
    _ = heard(.opened(1, Principal(isAdministrator: true)))
    _ = heard(.request(1, 1, Command(.patternSubscribe([(source, query)]))))
    _ = heard(.request(1, 2, Command(.subscribe([(source, query)]))))
    for (place, record) in all.enumerated() {
      if place == all.count / 2 { engine.compilePatterns() }
      let isMatch = matching.contains(record)
      let set = heard(.request(1, 3, Command(.set(Write(record), SetOptions()))))
      try expect(set == (isMatch ? ["set \(record)"] : []), "\(query) hears \(set)")
      let published = heard(.request(1, 4, Command(.publish(record))))
      try expect(published == (isMatch ? ["message \(record)"] : []), "\(query) hears \(published)")
    }
    for record in all {
      let name = record.key.withUnsafeBufferPointer { Query(exactName: $0) }
      let deleted = heard(.request(1, 5, Command(.delete([name], DeleteOptions()))))
      try expect(
        deleted == (matching.contains(record) ? ["del \(record)"] : []), "\(query) hears \(deleted)"
      )
    }
  }
}

extension Engine {
  /// Does at once what a host does outside its lock.
  mutating func compilePatterns() {
    while let work = takePatternWork() { install(work.run()) }
  }
}

extension Record {
  /// The name's bytes: two that Unicode takes for the same are two names.
  var key: [UInt8] { withContents { Array($0.name) } }
}

private func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { compareNaturally(a, $0) < 0 } }
}
